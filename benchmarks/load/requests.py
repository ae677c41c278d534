"""Requests as lines of JSON, and the bytes they become.

A file of requests has one object per line: ``{"method", "path", "body"?,
"headers"?}``. A body is any JSON value and is sent as it is written.
"""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

_NO_BODY = msgspec.Raw()


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request, ready to be written to a file or to be encoded."""

    method: str
    path: str
    body: msgspec.Raw = _NO_BODY
    headers: dict[str, str] = {}


class Target(msgspec.Struct, frozen=True):
    """Where a server listens, and what stands before every path."""

    host: str
    port: int
    prefix: str = ""

    @classmethod
    def from_url(cls, url: str) -> "Target":
        """Read the parts of an ``http`` URL; the port defaults to 80."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"{url!r} is not an http://host[:port] URL")
        return cls(parts.hostname, parts.port or 80, parts.path.rstrip("/"))

    def encode(self, request: Request) -> bytes:
        """Give the bytes that put ``request`` to this server."""
        body = bytes(request.body)
        headers = {"Host": f"{self.host}:{self.port}", "Accept": "*/*"}
        if body:
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(len(body))
        lines = [f"{request.method} {self.prefix}{request.path} HTTP/1.1"]
        lines += [
            f"{key}: {value}" for key, value in (headers | request.headers).items()
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


def read_requests(path: Path) -> list[Request]:
    """Read a file of requests, one per line."""
    requests = msgspec.json.Decoder(Request).decode_lines(path.read_bytes())
    if not requests:
        raise ValueError(f"{path} holds no request")
    return requests


def write_requests(path: Path, requests: list[Request]) -> None:
    """Write ``requests`` so that `read_requests` gives the same list."""
    path.write_bytes(msgspec.json.Encoder().encode_lines(requests))
