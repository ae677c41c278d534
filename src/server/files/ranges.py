"""HTTP byte ranges and validators of one file. Source of the rules: RFC 9110."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class UnsatisfiableRangeError(Exception):
    """A range that begins behind the end of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``[start, stop)`` of a file."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start


def parse_range(header: str, size: int) -> ByteRange | None:
    """Return the range that a request asks for, or `None` for the whole file.

    Several ranges, other units and malformed headers count as none, as RFC 9110
    allows.

    Raises
    ------
    UnsatisfiableRangeError
        If no byte of the file is in the range.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        raise UnsatisfiableRangeError
    return ByteRange(start, stop)


def matches_etag(header: str, etag: str) -> bool:
    """Tell whether ``If-None-Match`` lists an entity tag."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags
