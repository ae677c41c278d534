"""Sorts more than memory holds: sorted parts in temporary files, merged at the end."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

_first = itemgetter(0)
_LENGTH_BYTES = 4
_PAGE = 500  # items of a part that are in memory at a time, while parts are merged

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[Any, ...]]).decode


class Sorter:
    """Sorts tuples by their first item; equal ones come in no order.

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
        self._items: list[tuple[Any, ...]] = []
        self._parts: list[IO[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def extend(self, items: Sequence[tuple[Any, ...]]) -> None:
        """Take further items."""
        self._items += items
        if len(self._items) >= self._most:
            self._spill()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield all items in order."""
        self._items.sort(key=_first)
        if not self._parts:
            return iter(self._items)
        self._spill()
        return merge(*map(_pages, self._parts), key=_first)

    def _spill(self) -> None:
        self._items.sort(key=_first)
        # It has no name: nothing is left of it, however this process ends.
        part = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - the next line
        self._stack.enter_context(part)
        for start in range(0, len(self._items), _PAGE):
            page = _encode(self._items[start : start + _PAGE])
            part.write(len(page).to_bytes(_LENGTH_BYTES, "big"))
            part.write(page)
        self._parts.append(part)
        self._items = []


def _pages(part: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    part.seek(0)
    while length := part.read(_LENGTH_BYTES):
        yield from _decode(part.read(int.from_bytes(length, "big")))
