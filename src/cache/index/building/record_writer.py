"""Dimension records on their way into an index, and the keys to find them by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from ....registry import DimensionUniverse, Element, RecordReader
from ..layout import KeyPacker, Names, encode, packed
from ..tables import indexed_element, region_columns
from .sorting import Sorter
from .table_file import Entries

_LENGTH_BYTES = 2


class RecordWriter:
    """Takes the records of large elements, and sorts them.

    Parameters
    ----------
    elements
        Elements whose records are wanted.
    universe, names
        Dimensions, and values that have numbers.
    folder, items
        Those of a `Sorter`.

    Attributes
    ----------
    counts
        Number of records by element.
    """

    def __init__(
        self,
        elements: Sequence[Element],
        universe: DimensionUniverse,
        names: Names,
        folder: Path,
        items: int,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._numbers = {element.name: n for n, element in enumerate(elements)}
        self._packers: Mapping[str, KeyPacker] = {
            element.name: KeyPacker.of(n, element.required, universe, names)
            for n, element in enumerate(elements)
        }
        self._records, self._others = (Sorter(folder, items) for _ in range(2))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._records)
        self._stack.enter_context(self._others)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, element: Element, rows: Iterable[Sequence[Any]]) -> None:
        """Take records; rows as from `BulkReader.records`."""
        reader = RecordReader(element)
        packer = self._packers[element.name]
        width = len(element.required)
        in_hex = region_columns(element)
        regions = [n for n, name in enumerate(reader.names) if name in in_hex]
        others = indexed_element(element).alternates
        records: list[bytes] = []
        alternates: list[bytes] = []
        for row in rows:
            columns = list(row)
            for position in regions:
                if columns[position] is not None:
                    columns[position] = bytes.fromhex(columns[position])
            key = row[:width]
            records.append(_joined(packer.key(key), encode(columns[width:])))
            if others:
                alternates += self._alternates(element, others, reader.read(row), key)
        self._records.extend(records)
        self._others.extend(alternates)
        self.counts[element.name] += len(records)

    def _alternates(
        self,
        element: Element,
        others: Iterable[tuple[str, ...]],
        record: dict[str, Any],
        key: Sequence[Any],
    ) -> Iterator[bytes]:
        number = self._numbers[element.name]
        own = self._packers[element.name].values(key)
        governing = own[: len(element.dependencies)]
        for position, columns in enumerate(others):
            values = [record[name] for name in columns]
            if None not in values:
                found = packed(encode((number, position, *governing, *values)))
                yield _joined(found, encode(own))

    def records(self) -> Entries:
        """Yield the records by their keys."""
        return map(_split, self._records)

    def alternates(self) -> Entries:
        """Yield by other values the keys of all records that have them."""
        pairs = map(_split, self._others)
        for key, group in groupby(pairs, key=lambda pair: pair[0]):
            yield key, encode(sorted(value for _, value in group))


def _joined(key: bytes, value: bytes) -> bytes:
    """Return what a `Sorter` sorts by key."""
    return key + value + len(key).to_bytes(_LENGTH_BYTES, "big")


def _split(item: bytes) -> tuple[bytes, bytes]:
    width = int.from_bytes(item[-_LENGTH_BYTES:], "big")
    return item[:width], item[width:-_LENGTH_BYTES]
