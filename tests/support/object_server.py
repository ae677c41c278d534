"""An object store on the loopback that checks signatures, as the real ones do.

Its objects are the files of a folder. It takes signatures of versions 2 and 4 of S3 and
of version 2 of Google, each by its published rules and for the one method that they
are for, or, below ``open/``, none at all.
"""

import hmac
import threading
import time
from base64 import b64decode, b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from butlery.server.files.ranges import UnsatisfiableRangeError, parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS_KEY, SECRET_KEY = "AKIAEXAMPLE", "a secret/that+only=stores know"
BUCKET = "bucket"


@dataclass
class ObjectServer:
    """What it has, what it was asked, and what it shall do wrong."""

    folder: Path
    public_key: Any = None
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    # Status to answer, or number of bytes after which to break off, by end of key.
    refusals: dict[str, int] = field(default_factory=dict)
    breaks: dict[str, int] = field(default_factory=dict)
    large: dict[str, int] = field(default_factory=dict)

    def is_signed(self, method: str, target: str, host: str) -> bool:
        parts = urlsplit(target)
        if parts.path.startswith("/open/"):
            return True
        query = {n: v for n, (v,) in parse_qs(parts.query).items()}
        if "GoogleAccessId" in query:
            return self._is_by_google(method, parts.path, query)
        if "X-Amz-Signature" in query:
            return is_version_4(method, parts.path, parts.query, host)
        return is_version_2(method, parts.path, query)

    def _is_by_google(self, method: str, path: str, query: dict[str, str]) -> bool:
        message = f"{method}\n\n\n{query['Expires']}\n{path}".encode()
        signature = b64decode(query["Signature"])
        try:
            self.public_key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return int(query["Expires"]) >= time.time()


def is_version_2(method: str, path: str, query: dict[str, str]) -> bool:
    if query.get("AWSAccessKeyId") != ACCESS_KEY:
        return False
    message = f"{method}\n\n\n{query['Expires']}\n{path}".encode()
    digest = hmac.digest(SECRET_KEY.encode(), message, sha1)
    is_right = b64encode(digest).decode() == query["Signature"]
    return is_right and int(query["Expires"]) >= time.time()


def is_version_4(method: str, path: str, raw: str, host: str) -> bool:
    query = {n: v for n, (v,) in parse_qs(raw).items()}
    given = query.pop("X-Amz-Signature")
    key, *scope = query["X-Amz-Credential"].split("/")
    lines = sorted(f"{n}={quote(v, safe='')}" for n, v in query.items())
    request = [method, path, "&".join(lines), f"host:{host}", "", "host"]
    hashed = sha256("\n".join([*request, "UNSIGNED-PAYLOAD"]).encode()).hexdigest()
    at = query["X-Amz-Date"]
    text = "\n".join(["AWS4-HMAC-SHA256", at, "/".join(scope), hashed])
    signing = f"AWS4{SECRET_KEY}".encode()
    for part in [*scope, text]:
        signing = hmac.digest(signing, part.encode(), sha256)
    end = time.mktime(time.strptime(f"{at}UTC", "%Y%m%dT%H%M%SZ%Z")) - time.timezone
    is_alive = end + int(query["X-Amz-Expires"]) >= time.time()
    return key == ACCESS_KEY and signing.hex() == given and is_alive


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: ObjectServer

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_OPTIONS(self) -> None:
        self._refuse(405)

    def _answer(self) -> None:
        store = self.store
        store.asked.append((self.command, self.path))
        store.headers.append({n.lower(): v for n, v in self.headers.items()})
        key = unquote(urlsplit(self.path).path).partition("/")[2].partition("/")[2]
        name = key.rpartition("/")[2]
        if not store.is_signed(self.command, self.path, self.headers["Host"]):
            self._refuse(403)
        elif name in store.refusals:
            self._refuse(store.refusals[name])
        elif name in store.large:
            self._send(name, store.large[name], None)
        elif (path := store.folder / key).is_file():
            self._send(name, path.stat().st_size, path)
        else:
            self._refuse(404)

    def _refuse(self, status: int) -> None:
        body = b"<Error><BucketName>bucket</BucketName></Error>"
        self.send_response(status)
        if status in {301, 302, 307}:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send(self, name: str, size: int, path: Path | None) -> None:
        etag = f'"{sha256(name.encode()).hexdigest()[:16]}-{size}"'
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        if self.headers.get("If-Match", etag) != etag:
            self._refuse(412)
            return
        try:
            part = parse_range(self.headers.get("Range", ""), size)
        except UnsatisfiableRangeError:
            self._refuse(416)
            return
        start, stop = (part.start, part.stop) if part else (0, size)
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        self.send_header("Content-Length", str(stop - start))
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", formatdate(1_700_000_000, usegmt=True))
        self.send_header("x-amz-request-id", "of the store alone")
        self.end_headers()
        if self.command == "HEAD":
            return
        stop = min(stop, start + self.store.breaks.get(name, size))
        if path is None:
            self._write_zeros(stop - start)
        else:
            self.wfile.write(path.read_bytes()[start:stop])
        if name in self.store.breaks:
            self.close_connection = True

    def _write_zeros(self, count: int) -> None:
        block = bytes(1 << 20)
        while count > 0:
            self.wfile.write(block[:count])
            count -= len(block)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients may leave."""


@contextmanager
def running_object_server(folder: Path, port: int = 0) -> "Iterator[ObjectServer]":
    """Serve the files of a folder as the objects of a bucket, whatever its name."""
    store = ObjectServer(folder)
    handler = type("Handler", (_Handler,), {"store": store})
    server = _Server(("127.0.0.1", port), handler)
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
