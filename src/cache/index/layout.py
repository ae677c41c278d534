"""How keys of a release index are packed.

Keys are MessagePack arrays of small integers wherever that is possible: table-wide
numbers stand for dataset types and elements, and for values that few records have
(instruments, filters, bands). Anything that no key can stand for is not in the index.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from struct import Struct

import msgspec

from ...protocol.scalars import DataIdValue
from ...registry import DimensionUniverse

FORMAT = 1
"""Version of the file's layout; another one is refused."""

FIND = b"find"
"""Dataset type and data ID → for each collection its number and the UUID."""
CALIBRATIONS = b"calibrations"
"""Dataset type and data ID → collection, begin, end, UUID of each certification."""
DATASETS = b"datasets"
"""UUID → shape, data ID, sizes and varying parts of paths."""
RECORDS = b"records"
"""Element and its required values → columns."""
ALTERNATES = b"alternates"
"""Element and other values → required values of the records that have them."""
META = b"meta"
"""`CONTENTS` and `COMMON`, and by `numbered` keys the shapes of files and datasets."""

CONTENTS = b"contents"
"""Definitions of the repository. Read when the file is opened, as what follows."""
COMMON = b"tables"
"""See `Tables`."""
FILE_SHAPE, SHAPE = b"file", b"shape"

TABLES = (FIND, CALIBRATIONS, DATASETS, RECORDS, ALTERNATES, META)

COLLECTION_BYTES = 4
ID_BYTES = 16
ENTRY_BYTES = COLLECTION_BYTES + ID_BYTES

entries = Struct(f">I{ID_BYTES}s").iter_unpack
"""Read a value of `FIND`: pairs of a collection's number and a UUID."""

_NUMBER_BYTES = 4
_MOST_KEY_BYTES = 511  # of LMDB
_HASHED = b"\xc1"  # begins no MessagePack value

Names = Mapping[str, int]
"""Numbers of the values that have one."""

encode = msgspec.msgpack.Encoder().encode


def numbered(kind: bytes, number: int) -> bytes:
    """Return the key of one shape of a kind."""
    return kind + number.to_bytes(_NUMBER_BYTES, "big")


class KeyPacker:
    """Packs the values of one list of dimensions, after a number.

    Parameters
    ----------
    number
        Of the dataset type or element whose keys they are.
    names
        For each value: numbers of its dimension's values; `None`: it is itself.
    """

    __slots__ = ("_named", "number")

    def __init__(self, number: int, names: Sequence[Names | None]) -> None:
        self.number = number
        self._named = [(n, of) for n, of in enumerate(names) if of is not None]

    @classmethod
    def of(
        cls,
        number: int,
        dimensions: Iterable[str],
        universe: DimensionUniverse,
        names: Names,
    ) -> "KeyPacker":
        """Return the packer for the values of some dimensions."""
        return cls(
            number, [names if is_named(universe, d) else None for d in dimensions]
        )

    def key(self, values: Iterable[DataIdValue]) -> bytes:
        """Return the key of some values.

        Raises
        ------
        KeyError
            If one has no number: then nothing has this key.
        """
        stored = [self.number, *values]
        for position, names in self._named:
            stored[position + 1] = names[stored[position + 1]]  # type: ignore[index]
        return packed(encode(stored))

    def keys(
        self, columns: Sequence[Iterable[DataIdValue]], count: int
    ) -> Iterable[bytes]:
        """Return the keys of many values; columns, perhaps none, as from `stored`."""
        parts = zip(repeat(self.number, count), *columns, strict=True)
        keys = list(map(encode, parts))
        if max(map(len, keys), default=0) > _MOST_KEY_BYTES:
            return map(packed, keys)
        return keys

    def stored(
        self, columns: Iterable[Iterable[DataIdValue]]
    ) -> list[Iterable[DataIdValue]]:
        """Return many values as they are stored, column by column."""
        found = list(columns)
        for position, names in self._named:
            column = found[position]
            found[position] = [names[v] for v in column]  # type: ignore[index]
        return found

    def values(self, values: Iterable[DataIdValue]) -> list[DataIdValue]:
        """Return values as they are stored; the first few of a key, if not all."""
        stored = list(values)
        for position, names in self._named:
            if position < len(stored):
                stored[position] = names[stored[position]]  # type: ignore[index]
        return stored

    def unpack(
        self, stored: Iterable[DataIdValue], texts: Sequence[str]
    ) -> list[DataIdValue]:
        """Return what was stored; ``texts`` are all values that have numbers."""
        values = list(stored)
        for position, _ in self._named:
            values[position] = texts[values[position]]  # type: ignore[index]
        return values


def packed(key: bytes) -> bytes:
    """Return a key as the file can have it."""
    if len(key) <= _MOST_KEY_BYTES:
        return key
    return _HASHED + hashlib.blake2b(key, digest_size=32).digest()


def is_named(universe: DimensionUniverse, dimension: str) -> bool:
    """Tell whether the values of a dimension have numbers: strings, and few of them."""
    element = universe.elements[dimension]
    return element.small and element.primary_key.type == "string"
