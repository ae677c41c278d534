"""The bytes of one file, or of a part of one, over as many answers as it takes.

Each request asks for what is still missing. Nothing that an answer says of itself is
believed unless it fits what was asked, and never is more taken than was wanted.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from ..connection.messages import BodyError, Enough, LostError
from ..connection.revisions import is_token

_PARTIAL = 206
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_ENCODINGS = frozenset({"identity", "gzip"})
_LENGTH = re.compile(r"[0-9]{1,18}")


class Target(Protocol):
    """Where the bytes go."""

    count: int
    """Of them that are there."""

    def write(self, chunk: bytes) -> None:
        """Keep what comes next."""

    def restart(self) -> None:
        """Forget all."""


class Memory:
    """Keeps bytes in memory."""

    def __init__(self) -> None:
        self.count = 0
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        """Keep what comes next."""
        self._chunks.append(chunk)
        self.count += len(chunk)

    def restart(self) -> None:
        """Forget all."""
        self._chunks.clear()
        self.count = 0

    def content(self) -> bytes:
        """Return all."""
        return b"".join(self._chunks)


class Transfer:
    """What is wanted of a file, and how far it has come.

    Parameters
    ----------
    target
        Takes the bytes; those that it has are the first of what is wanted.
    size
        Of the file, if known.
    most
        Bytes that are taken if the end is unknown.
    start, stop
        What is wanted of it; to its end, if no other is given.
    """

    def __init__(
        self,
        target: Target,
        size: int | None,
        most: int,
        start: int = 0,
        stop: int | None = None,
    ) -> None:
        self._target = target
        self._size = size
        self._most = most
        self._start = start
        self._stop = size if stop is None else stop
        self._etag = ""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return self._stop is not None and self._at >= self._stop

    @property
    def size(self) -> int | None:
        """Of the whole file, as far as is known by now."""
        return self._size

    @property
    def _at(self) -> int:
        return self._start + self._target.count

    def headers(self) -> Mapping[str, str]:
        """Return those that ask for what is missing."""
        if self.is_complete:  # only the end of the answer was lost: ask for all again
            self._target.restart()
        is_all = self._at == 0 and self._stop == self._size
        if is_all:
            return {}
        last = "" if self._stop is None else str(self._stop - 1)
        asked = {"range": f"bytes={self._at}-{last}"}
        return {**asked, "if-range": self._etag} if self._etag else asked

    def sink(self, status: int, headers: Mapping[str, str]) -> "_Body":
        """Return what takes the body of an answer.

        Raises
        ------
        BodyError
            If it is not of this file.
        """
        encoding = headers.get("content-encoding", "identity").lower()
        is_encoded = encoding != "identity"
        if encoding not in _ENCODINGS:
            raise BodyError(f"it came as {encoding[:100]!r}, which nobody asked for")
        before, self._etag = self._etag, _strong(headers.get("etag", ""))
        if status == _PARTIAL:
            if is_encoded:
                raise BodyError("a part came compressed, which nobody can put together")
            if before and self._etag and before != self._etag:
                self._target.restart()
                raise LostError("it has changed since its first part came")
            return self._partial(headers.get("content-range", ""))
        self._target.restart()
        length = headers.get("content-length", "")
        if not is_encoded and _LENGTH.fullmatch(length):
            self._learn(int(length))
        return _Body(self, self._start, self._stop)

    def _partial(self, content_range: str) -> "_Body":
        told = _CONTENT_RANGE.fullmatch(content_range.strip())
        if told is None:
            raise BodyError(f"a part came that is none: {content_range[:100]!r}")
        first, end = int(told[1]), int(told[2]) + 1
        if told[3] != "*":
            self._learn(int(told[3]))
        beyond = self._stop is not None and end > self._stop
        if first != self._at or end <= first or beyond:
            raise BodyError(
                f"bytes {first} to {end} came where those from {self._at} were wanted"
            )
        return _Body(self, 0, end)

    def _learn(self, size: int) -> None:
        """Take note of the size that the file has where it is."""
        if self._size is None:
            if self._stop is None and size > self._most:
                raise BodyError(f"it has {size} bytes; at most {self._most} are taken")
            self._size = size
            self._stop = size if self._stop is None else min(self._stop, size)
        elif size != self._size:
            raise BodyError(f"it has {size} bytes, and should have {self._size}")

    def take(self, chunk: bytes, end: int | None) -> None:
        """Take bytes of a body that goes up to ``end``.

        Raises
        ------
        BodyError
            If there are more than the file has.
        Enough
            If there are more than are wanted of it.
        """
        room = (self._start + self._most if end is None else end) - self._at
        self._target.write(chunk[:room])
        if len(chunk) > room:
            if end is not None and end == self._stop != self._size:
                raise Enough
            raise BodyError(f"it has more bytes than {self._at}, where it should end")

    def finish(self, end: int | None) -> None:
        """Take note that a body has ended.

        Raises
        ------
        LostError
            If something is missing.
        """
        if end is None:
            self._size = self._stop = self._at
        if not self.is_complete:
            raise LostError(f"it ended after {self._at} bytes, before its end")


def _strong(etag: str) -> str:
    """Return an entity tag if it is of these very bytes, and fit to be sent back."""
    return etag if etag.startswith('"') and is_token(etag) else ""


class _Body:
    """The body of one answer: some bytes that nobody asked for, and then ours."""

    def __init__(self, transfer: Transfer, skipped: int, end: int | None) -> None:
        self._transfer = transfer
        self._skipped = skipped
        self._end = end

    def feed(self, chunk: bytes) -> None:
        """Take what comes next."""
        dropped = min(self._skipped, len(chunk))
        self._skipped -= dropped
        if dropped < len(chunk):
            self._transfer.take(chunk[dropped:], self._end)

    def close(self) -> None:
        """Take note that it has ended."""
        self._transfer.finish(self._end)
