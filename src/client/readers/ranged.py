"""A remote file that is read in ranges, as libraries read a local one.

Bytes arrive in blocks; missing neighbours come in one fetch, and fetches that follow
each other reach ever further ahead: never by more than half of what they had, so that
a cutout stays cheap. What is kept is bounded. Every read is complete: only the end of
the file makes one short.
"""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from .errors import IncompleteRangeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 64 * 1024
MAX_BLOCKS = 256
MAX_BLOCKS_AHEAD = 64
# Nobody reads so much twice: it would only drive out what is kept.
DIRECT_BYTES = 1024 * 1024


def open_ranged(fetch: Callable[[int, int], bytes], size: int) -> BinaryIO:
    """Return a file whose bytes are fetched when they are read.

    Parameters
    ----------
    fetch
        Returns the bytes from a first offset up to, without, a second one.
    size
        Length of the file in bytes.
    """
    return io.BufferedReader(RangedFile(fetch, size))


class RangedFile(io.RawIOBase):
    """The unbuffered file; `open_ranged` is the usual way to have one.

    Parameters
    ----------
    fetch
        Returns the bytes from a first offset up to, without, a second one.
    size
        Length of the file in bytes.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0
        # The least recently used block is first.
        self._blocks: dict[int, bytes] = {}
        self._run = range(0)

    def readable(self) -> bool:
        """Tell that the file can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that the file can be read anywhere."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to an offset from the start, from here or from the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        position = base[whence] + offset
        if position < 0:
            raise ValueError(f"offset {position} is before the start of the file")
        self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill a buffer, as far as the file goes; return the number of bytes."""
        view: Any = memoryview(buffer).cast("B")
        start = self._position
        stop = max(start, min(start + len(view), self._size))
        filled = 0
        for piece in self._pieces(start, stop):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        self._position = stop
        return filled

    def readall(self) -> bytes:
        """Return the rest of the file, in one fetch."""
        content = bytearray(max(0, self._size - self._position))
        self.readinto(content)
        return bytes(content)

    def _pieces(self, start: int, stop: int) -> Iterator[bytes | memoryview]:
        """Yield what is between two offsets."""
        if stop - start >= DIRECT_BYTES:
            yield self._fetched(start, stop)
            return
        first, end = start // BLOCK_BYTES, -(-stop // BLOCK_BYTES)
        missing = [number for number in range(first, end) if number not in self._blocks]
        if missing:
            self._fill(missing[0], missing[-1] + 1)
        for number in range(first, end):
            block = self._blocks[number] = self._blocks.pop(number)
            offset = number * BLOCK_BYTES
            yield memoryview(block)[max(0, start - offset) : stop - offset]
        while len(self._blocks) > MAX_BLOCKS:
            del self._blocks[next(iter(self._blocks))]

    def _fill(self, first: int, end: int) -> None:
        """Fetch blocks, and some ahead of them if they continue the last ones."""
        begin = self._run.start if first == self._run.stop else first
        ahead = min((first - begin) // 2, MAX_BLOCKS_AHEAD)
        self._run = range(begin, end + ahead)
        start = first * BLOCK_BYTES
        stop = min((end + ahead) * BLOCK_BYTES, self._size)
        content = self._fetched(start, stop)
        for offset in range(0, len(content), BLOCK_BYTES):
            number = first + offset // BLOCK_BYTES
            self._blocks[number] = content[offset : offset + BLOCK_BYTES]

    def _fetched(self, start: int, stop: int) -> bytes:
        content = self._fetch(start, stop)
        if len(content) != stop - start:
            raise IncompleteRangeError(
                f"bytes {start} to {stop} of a file were asked for, and {len(content)} "
                f"came instead of {stop - start}"
            )
        return content
