"""Where an HTTP/1.1 answer ends, and its status: all that a load test reads.

One parser per connection, fed with whatever the socket delivered. It looks at
no body, copies only what it must see again, and takes bytes after the end of an
answer for a fault, since one request at a time is on its way.
"""

import re

_HEX = re.compile(rb"[0-9A-Fa-f]+")
_STATUS = slice(9, 12)
_WITHOUT_BODY = frozenset({204, 304})


class MalformedResponseError(Exception):
    """The bytes are not one HTTP/1.1 answer of known length."""


class ResponseParser:
    """Finds the end of one answer after another."""

    __slots__ = ("_chunked", "_kept", "_missing", "_status", "closing")

    def __init__(self) -> None:
        self._kept = b""
        self._status = 0
        self._missing = 0
        self._chunked = False
        self.closing = False
        """The server said that it closes the connection after this answer."""

    def feed(self, data: bytes) -> int:
        """Take bytes; give the status once the answer is whole, until then 0."""
        if not self._status:
            data = self._read_head(self._kept + data if self._kept else data)
            if not self._status:
                return 0
        ended = self._read_chunks(data) if self._chunked else self._read_body(data)
        if not ended:
            return 0
        status, self._status = self._status, 0
        return status

    def _read_head(self, data: bytes) -> bytes:
        """Read status and framing; give what follows the head."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._kept = data
            return b""
        self._kept = b""
        head = data[: end + 2].lower()
        length = _header(head, b"content-length")
        self._chunked = length is None and b"chunked" in (
            _header(head, b"transfer-encoding") or b""
        )
        self.closing = _header(head, b"connection") == b"close"
        try:
            self._status = int(head[_STATUS])
            self._missing = int(length or b"0")
        except ValueError:
            raise MalformedResponseError(bytes(head[:80])) from None
        if length is None and not (self._chunked or self._status in _WITHOUT_BODY):
            raise MalformedResponseError("neither a length nor chunks")
        return data[end + 4 :]

    def _read_body(self, data: bytes) -> bool:
        self._missing -= len(data)
        if self._missing < 0:
            raise MalformedResponseError("bytes after the end of the answer")
        return self._missing == 0

    def _read_chunks(self, data: bytes) -> bool:
        """Skip whole chunks; keep the piece of a size line that may be cut."""
        data = self._kept + data
        at = 0
        while True:
            if self._missing >= len(data) - at:  # also a chunk's own line end
                self._missing -= len(data) - at
                self._kept = b""
                return False
            at += self._missing
            self._missing = 0
            end = data.find(b"\r\n", at)
            size = _chunk_size(data[at:end]) if end >= 0 else -1
            if size < 0 or (size == 0 and len(data) < end + 4):
                self._kept = data[at:]
                return False
            if size == 0:
                self._kept = b""
                return _is_last(data[end + 2 :])
            at = end + 2
            self._missing = size + 2


def _header(head: bytes, name: bytes) -> bytes | None:
    """Value of a header in a lower-case head whose every line ends in CRLF."""
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    at += len(name) + 3
    return head[at : head.find(b"\r\n", at)].strip()


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0]
    if not _HEX.fullmatch(digits):  # a sign, say, which `int` would take
        raise MalformedResponseError(bytes(line[:80]))
    return int(digits, 16)


def _is_last(rest: bytes) -> bool:
    """Check what follows the last chunk; no server of ours sends trailers."""
    if rest != b"\r\n":
        raise MalformedResponseError("trailers, or bytes after the last chunk")
    return True
