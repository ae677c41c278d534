"""Permanent collections in a file that all processes of a host share.

Immutable: a file never changes, a new release is another file. Whoever holds a
reference can go on reading; the file is unmapped when the last one is gone. To be
used by one thread, since all reads share one transaction.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import lmdb
import msgspec

from ...protocol.collections import CollectionType
from ...protocol.scalars import DataIdValue
from ...registry import Contents, Moment
from . import layout
from .element_table import ElementTable, RecordValues, agrees
from .layout import KeyPacker, encode, entries, numbered, packed
from .manifest import Manifest
from .shapes import DatasetReader, DatasetShape, FileShape, IndexedDataset
from .stored_contents import unpack_contents
from .tables import Tables

_decode = msgspec.msgpack.Decoder(list[Any]).decode
_decode_tables = msgspec.msgpack.Decoder(Tables).decode
_decode_shape = msgspec.msgpack.Decoder(DatasetShape).decode
_decode_file = msgspec.msgpack.Decoder(FileShape).decode
_MOST_READERS = 10_000

_opened: "WeakValueDictionary[tuple[str, int, int], ReleaseIndex]" = (
    WeakValueDictionary()
)
_opening = threading.Lock()


class Certification(NamedTuple):
    """One validity range of a dataset in a CALIBRATION collection."""

    collection: int
    begin: int
    end: int
    id: bytes


class ReleaseIndex:
    """One file of permanent collections.

    Parameters
    ----------
    path
        Of the file, which must have been verified.
    manifest
        What it says of itself.

    Attributes
    ----------
    tables
        What its entries have in common.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._environment = lmdb.open(
            str(path),
            subdir=False,
            readonly=True,
            lock=False,
            readahead=False,
            max_dbs=len(layout.TABLES),
            create=False,
        )
        databases = {
            name: self._environment.open_db(name, create=False)
            for name in layout.TABLES
        }
        self._get = self._environment.begin().get
        self._find = databases[layout.FIND]
        self._calibrations = databases[layout.CALIBRATIONS]
        self._datasets = databases[layout.DATASETS]
        self._records = databases[layout.RECORDS]
        self._alternates = databases[layout.ALTERNATES]
        self._meta = databases[layout.META]
        self.tables = _decode_tables(self._get(layout.COMMON, b"", self._meta))
        contents = self._get(layout.CONTENTS, b"", self._meta)
        moment = Moment("", manifest.name)  # two indexes are two states
        self.contents: Contents = replace(unpack_contents(contents), moment=moment)
        universe = self.contents.schema.universe
        names = {name: n for n, name in enumerate(self.tables.names)}
        self._packers = [
            KeyPacker.of(n, type_.required, universe, names)
            for n, type_ in enumerate(self.tables.types)
        ]
        self._readers: dict[int, DatasetReader] = {}
        self._elements = {
            each.name: ElementTable(
                n,
                universe.elements[each.name],
                KeyPacker.of(n, universe.elements[each.name].required, universe, names),
            )
            for n, each in enumerate(self.tables.elements)
        }

    @classmethod
    def open(cls, path: Path, manifest: Manifest) -> "ReleaseIndex":
        """Return an index, the same for all of this process who open it.

        LMDB cannot map a file twice, and two labels may be one repository.
        """
        status = path.stat()
        key = (str(path), status.st_ino, status.st_mtime_ns)
        with _opening:
            found = _opened.get(key)
            if found is None:
                found = _opened[key] = cls(path, manifest)
        return found

    @cached_property
    def positions(self) -> Mapping[Any, int]:
        """Positions of the RUN and TAGGED collections that it has, by key."""
        return {key: n for n, key in enumerate(self.tables.collections)}

    @cached_property
    def calibration_positions(self) -> Mapping[Any, int]:
        """Positions of the CALIBRATION collections that it has, by key."""
        return {key: n for n, key in enumerate(self.tables.calibrations)}

    @cached_property
    def collections(self) -> Mapping[Any, tuple[str, CollectionType]]:
        """Names and types of all collections that it knows, by key."""
        rows = self.contents.rows[self.contents.schema.collection.name]
        return {key: (name, CollectionType(kind)) for key, name, kind, _ in rows}

    @property
    def elements(self) -> Mapping[str, object]:
        """The elements whose records it has, all of them."""
        return self._elements

    @cached_property
    def counts(self) -> Mapping[tuple[int, int], int]:
        """Number of entries by positions of collection and dataset type."""
        return {(c, t): n for c, t, n in self.tables.counts}

    def find(
        self, dataset_type: int, values: Iterable[DataIdValue]
    ) -> Iterator[tuple[int, bytes]]:
        """Return the positions of the collections that have a dataset, and its UUID."""
        try:
            key = self._packers[dataset_type].key(values)
        except KeyError:
            return iter(())
        return entries(self._get(key, b"", self._find))

    def certifications(
        self, dataset_type: int, values: Iterable[DataIdValue]
    ) -> list[Certification]:
        """Return all validity ranges of a data ID, in all CALIBRATION collections."""
        try:
            key = self._packers[dataset_type].key(values)
        except KeyError:
            return []
        found = self._get(key, None, self._calibrations)
        return (
            [] if found is None else [Certification(*each) for each in _decode(found)]
        )

    def dataset(self, id_: bytes, *, files: bool = True) -> IndexedDataset | None:
        """Return a dataset by the bytes of its UUID, or `None`."""
        found = self._get(id_, None, self._datasets)
        if found is None:
            return None
        entry = _decode(found)
        reader = self._readers.get(entry[0]) or self._reader(entry[0])
        return reader.read(entry, files=files)

    def record(
        self, element: str, values: Sequence[DataIdValue]
    ) -> RecordValues | None:
        """Return the record with these required values, or `None`."""
        table = self._elements[element]
        try:
            key = table.packer.key(values)
        except KeyError:
            return None
        found = self._get(key, None, self._records)
        return None if found is None else table.read(values, _decode(found))

    def search(
        self, element: str, conditions: Mapping[str, Any]
    ) -> list[RecordValues] | None:
        """Return the records with exactly these column values, ordered by key.

        Returns
        -------
        records
            `None` if the index has no key for such a search.
        """
        table = self._elements[element]
        keys = table.required_keys(conditions)
        if keys is None:
            keys = self._alternate_keys(table, conditions)
        if keys is None:
            return None
        records = (self.record(element, key) for key in keys)
        return [r for r in records if r is not None and agrees(r, conditions)]

    def _alternate_keys(
        self, table: ElementTable, conditions: Mapping[str, Any]
    ) -> list[list[DataIdValue]] | None:
        dependencies = table.element.dependencies
        if any(name not in conditions for name in dependencies) or any(
            isinstance(value, list) for value in conditions.values()
        ):
            return None
        alternates = enumerate(self.tables.elements[table.number].alternates)
        usable = (each for each in alternates if conditions.keys() >= set(each[1]))
        position, columns = next(usable, (None, ()))
        if position is None:
            return None
        try:
            own = table.packer.values([conditions[name] for name in dependencies])
        except KeyError:
            return []
        values = [conditions[name] for name in columns]
        key = packed(encode((table.number, position, *own, *values)))
        found = self._get(key, None, self._alternates)
        keys = [] if found is None else _decode(found)
        return sorted(
            table.packer.unpack(_decode(key), self.tables.names) for key in keys
        )

    def _reader(self, number: int) -> DatasetReader:
        """Return what reads datasets of a shape, of which there may be very many."""
        shape = _decode_shape(self._numbered(layout.SHAPE, number))
        if len(self._readers) >= _MOST_READERS:
            self._readers.clear()
        reader = self._readers[number] = DatasetReader(
            shape,
            len(self.tables.types[shape.dataset_type].required),
            self._packers[shape.dataset_type],
            self.tables.names,
            self.tables.words,
            [_decode_file(self._numbered(layout.FILE_SHAPE, n)) for n in shape.files],
        )
        return reader

    def _numbered(self, kind: bytes, number: int) -> bytes:
        return self._get(numbered(kind, number), b"", self._meta)
