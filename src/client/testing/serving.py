"""Speaks HTTP/1.1 with the standard library: answers, files with ranges, failures."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any, Protocol

import msgspec

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Reply(msgspec.Struct, frozen=True):
    """An answer to be sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}


class Answering(Protocol):
    """What has an answer to each request."""

    def reply(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Reply:
        """Return the answer to a request; header names are in lower case."""


class Server(ThreadingHTTPServer):
    """Listens on a free port of this machine.

    Parameters
    ----------
    answering
        Has the answers.
    """

    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answering = answering
        self._open: set[socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember who is connected."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget one who is not any more."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End all connections: a client that keeps one shall notice."""
        for each in list(self._open):
            try:
                each.shutdown(SHUT_RDWR)
            except OSError:
                continue  # it has gone by itself


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 2**16  # else head and body go separately, and the second waits
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answering.reply(self.command, self.path, headers, body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are in the log that tests read."""


def file_reply(content: bytes, etag: str, headers: dict[str, str]) -> Reply:
    """Return a file, or the range of it that is asked for (RFC 9110, 14)."""
    told = {"etag": etag, "accept-ranges": "bytes"}
    if headers.get("if-none-match") == etag:
        return Reply(304, headers=told)
    asked = _RANGE.fullmatch(headers.get("range", ""))
    is_same = headers.get("if-range", etag) == etag
    if asked is None or not is_same or asked.group() == "bytes=-":
        return Reply(200, content, told)
    size = len(content)
    begin, end = _bounds(asked[1], asked[2], size)
    if begin >= min(end, size):
        return Reply(416, headers={**told, "content-range": f"bytes */{size}"})
    told["content-range"] = f"bytes {begin}-{end - 1}/{size}"
    return Reply(206, content[begin:end], told)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
