"""Sorts more than memory holds: sorted parts in temporary files, merged at the end.

Items are byte strings, and are sorted as such: whatever leads them is their key. No
key may be the beginning of another one; UUIDs and MessagePack arrays are none.
"""

import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, Self

import msgspec

_LENGTH_BYTES = 4
_PAGE = 1000  # items of a part that are in memory at a time, while parts are merged
_MOST_PARTS = 128  # that are merged at a time; each is an open file

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[bytes]).decode


class Sorter:
    """Sorts byte strings.

    Parameters
    ----------
    folder
        Where parts are written.
    items
        How many are held in memory.
    """

    def __init__(self, folder: Path, items: int) -> None:
        self._folder = folder
        self._most = items
        self._items: list[bytes] = []
        self._parts: defaultdict[int, list[IO[bytes]]] = defaultdict(list)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def extend(self, items: Iterable[bytes]) -> None:
        """Take further items."""
        self._items += items
        if len(self._items) >= self._most:
            self._spill()

    def __iter__(self) -> Iterator[bytes]:
        """Yield all items in order."""
        if not self._parts:
            self._items.sort()
            return iter(self._items)
        if self._items:
            self._spill()
        parts = chain.from_iterable(self._parts.values())
        return chain.from_iterable(_merged(list(parts)))

    def _spill(self) -> None:
        items, self._items = self._items, []
        items.sort()
        pages = (items[n : n + _PAGE] for n in range(0, len(items), _PAGE))
        self._write(pages, level=0)

    def _write(self, pages: Iterable[list[bytes]], level: int) -> None:
        """Write a part; as many of one size as can be merged become a larger one."""
        # It has no name: nothing is left of it, however this process ends.
        part = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - the next line
        self._stack.enter_context(part)
        for page in pages:
            encoded = _encode(page)
            part.write(len(encoded).to_bytes(_LENGTH_BYTES, "big"))
            part.write(encoded)
        parts = self._parts[level]
        parts.append(part)
        if len(parts) == _MOST_PARTS:
            self._write(_merged(parts), level + 1)
            for each in parts:
                each.close()
            parts.clear()


def _merged(parts: Sequence[IO[bytes]]) -> Iterator[list[bytes]]:
    """Yield the items of sorted parts in order, about a page at a time.

    Whatever is not greater than the least last item of the pages at hand is next.
    Sorting that takes a fraction of what `heapq.merge` takes, which compares in Python.
    """
    heads = [head for head in map(_Head, parts) if head.fill()]
    while heads:
        bound = min(head.last for head in heads)
        page: list[bytes] = []
        for head in heads:
            page += head.take(bound)
        page.sort()
        yield page
        heads = [head for head in heads if head.fill()]


class _Head:
    """The next items of a part."""

    __slots__ = ("_page", "_part", "_start", "last")

    def __init__(self, part: IO[bytes]) -> None:
        part.seek(0)
        self._part = part
        self._page: list[bytes] = []
        self._start = 0
        self.last = b""

    def fill(self) -> bool:
        """Have a page, if there is one left."""
        if self._start < len(self._page):
            return True
        length = int.from_bytes(self._part.read(_LENGTH_BYTES), "big")
        if not length:
            return False
        self._page, self._start = _decode(self._part.read(length)), 0
        self.last = self._page[-1]
        return True

    def take(self, bound: bytes) -> list[bytes]:
        """Return what is not greater, and forget it."""
        start = self._start
        self._start = bisect_right(self._page, bound, start)
        return self._page[start : self._start]
