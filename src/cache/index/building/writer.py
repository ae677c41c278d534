"""Makes the file of a release index from rows in any order.

Memory stays flat: what has to be sorted is sorted in parts, on disk. Everything that
gets a number gets it in an order that depends on nothing but the contents, so that the
same contents are the same bytes.

Rows are taken column by column: hundreds of millions of them come.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import groupby, repeat
from operator import itemgetter
from pathlib import Path
from struct import Struct
from typing import Any, Self

from ....protocol.collections import CollectionType
from ....registry import Contents, Element, RegisteredDatasetType
from ...policies import Policies
from .. import layout
from ..layout import (
    COLLECTION_BYTES,
    ENTRY_BYTES,
    ID_BYTES,
    KeyPacker,
    encode,
    numbered,
)
from ..stored_contents import pack_contents, permanent_keys, permanent_part
from ..tables import IndexedType, Tables, indexed_element
from .kinds import FileKinds, Owners
from .record_writer import RecordWriter
from .shape_learner import DATASET, FILE, ShapeLearner
from .sorting import Sorter
from .table_file import Entries, TableFile
from .wanted import named_values, permanent_elements, permanent_types

_ITEMS = 250_000

# What follows a key in what is sorted.
_NUMBER_BYTES = 4  # of a dataset type
_MEMBER_BYTES = _NUMBER_BYTES + ENTRY_BYTES
_RANGE = Struct(f">IIqq{ID_BYTES}s")

_id_of = itemgetter(slice(ID_BYTES))
_member_key = itemgetter(slice(-_MEMBER_BYTES))
_range_key = itemgetter(slice(-_RANGE.size))

Rows = Iterable[Sequence[Any]]


class IndexWriter:
    """Takes the rows of `BulkReader`, batch by batch, and writes them at the end.

    Parameters
    ----------
    path
        Of the file; it must not exist.
    contents
        Definitions of the state that the rows are of.
    policies
        What is permanent.
    items
        How many rows of a kind are held in memory.
    datastores
        Records tables of the datastores, in chain order.

    Attributes
    ----------
    types
        Dataset types whose datasets are wanted.
    elements
        Dimension elements whose records are wanted.
    runs, tagged, calibrations
        Keys of the collections whose contents are wanted.
    """

    def __init__(
        self,
        path: Path,
        contents: Contents,
        policies: Policies,
        items: int = _ITEMS,
        datastores: Sequence[str] = (),
    ) -> None:
        self.types = permanent_types(contents, policies)
        self.elements = permanent_elements(contents, policies)
        keys = permanent_keys(contents, policies)
        self.runs = keys[CollectionType.RUN]
        self.tagged = keys[CollectionType.TAGGED]
        self.calibrations = keys[CollectionType.CALIBRATION]
        self._datastores = list(datastores)
        self._counts: Counter[str] = Counter()
        self._path = path
        self._contents = contents
        self._policies = policies
        self._collections = sorted((*self.runs, *self.tagged))
        self._numbers = {
            key: number.to_bytes(COLLECTION_BYTES, "big")
            for number, key in enumerate(self._collections)
        }
        self._positions = {key: n for n, key in enumerate(sorted(self.calibrations))}
        self._stray_runs: set[Any] = set()
        self._held: Counter[tuple[int, int]] = Counter()
        universe = contents.schema.universe
        self._names = {name: n for n, name in enumerate(named_values(contents))}
        self._owners, self._kinds = Owners(), FileKinds()
        self._packers = {
            type_.id: KeyPacker.of(n, type_.group.required, universe, self._names)
            for n, type_ in enumerate(self.types)
        }
        folder = path.parent
        self._records = RecordWriter(
            self.elements, universe, self._names, folder, items
        )
        self._find, self._data, self._ranges = (Sorter(folder, items) for _ in range(3))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for each in (self._find, self._data, self._ranges, self._records):
            self._stack.enter_context(each)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def counts(self) -> Counter[str]:
        """How many datasets, files, certifications and records there were."""
        records = {f"record:{name}": n for name, n in self._records.counts.items()}
        return self._counts + Counter(records)

    def add_datasets(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take datasets in the RUNs; rows as from `BulkReader.datasets`."""
        columns = list(zip(*rows, strict=True))
        if columns:
            runs, ids, *values = columns
            stored = self._packers[type_.id].stored(values)
            self._keep_datasets(type_, runs, ids, stored)
            self._keep_members(type_, runs, ids, stored)

    def add_strays(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take datasets of other RUNs; rows as from `BulkReader.strays`."""
        columns = list(zip(*rows, strict=True))
        if columns:
            runs, ids, *values = columns
            stored = self._packers[type_.id].stored(values)
            self._keep_datasets(type_, runs, ids, stored)
            self._stray_runs.update(runs)

    def add_members(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take membership of TAGGED collections; rows as from `BulkReader.members`."""
        columns = list(zip(*rows, strict=True))
        if columns:
            collections, ids, *values = columns
            stored = self._packers[type_.id].stored(values)
            self._keep_members(type_, collections, ids, stored)

    def add_files(self, rows: Rows) -> None:
        """Take files, of these and other datasets; rows as from `BulkReader.files`."""
        columns = list(zip(*rows, strict=True))
        if columns:
            ids, datastores, paths, *kind, checksums, sizes = columns
            has_checksum = [checksum is not None for checksum in checksums]
            kinds = map(
                self._kinds.__getitem__,
                zip(datastores, *kind, has_checksum, strict=True),
            )
            self._keep(ids, FILE, zip(kinds, paths, sizes, checksums, strict=True))

    def _keep(self, ids: Iterable[bytes], tag: bytes, of: Iterable[Any]) -> None:
        self._data.extend(map(tag.join, zip(ids, map(encode, of), strict=True)))

    def _keep_datasets(
        self,
        type_: RegisteredDatasetType,
        runs: Iterable[Any],
        ids: Iterable[bytes],
        values: Sequence[Iterable[Any]],
    ) -> None:
        number = self._packers[type_.id].number
        owners = map(self._owners.__getitem__, zip(repeat(number), runs))
        self._keep(ids, DATASET, zip(owners, *values, strict=True))

    def _keep_members(
        self,
        type_: RegisteredDatasetType,
        collections: Iterable[Any],
        ids: Sequence[bytes],
        values: Sequence[Iterable[Any]],
    ) -> None:
        packer = self._packers[type_.id]
        number = packer.number.to_bytes(_NUMBER_BYTES, "big")
        heads = {key: number + bytes_ for key, bytes_ in self._numbers.items()}
        places = map(heads.__getitem__, collections)
        members = zip(packer.keys(values, len(ids)), places, ids, strict=True)
        self._find.extend(map(b"".join, members))

    def add_validity_ranges(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take certifications; rows as from `BulkReader.validity_ranges`."""
        packer, positions = self._packers[type_.id], self._positions
        self._ranges.extend(
            [
                packer.key(values)
                + _RANGE.pack(packer.number, positions[key], begin, end, id_)
                for key, id_, begin, end, *values in rows
            ]
        )

    def add_records(self, element: Element, rows: Rows) -> None:
        """Take records; rows as from `BulkReader.records`."""
        self._records.add(element, rows)

    def write(self) -> None:
        """Write the file, compact and complete.

        Raises
        ------
        OSError
            If the disk is full.
        """
        learner = ShapeLearner(self._owners, self._kinds.all)
        with TableFile.written(self._path) as file:
            file.put(layout.FIND, self._members())
            file.put(layout.CALIBRATIONS, self._validity_ranges())
            file.put(layout.DATASETS, self._datasets(learner))
            file.put(layout.RECORDS, self._records.records())
            file.put(layout.ALTERNATES, self._records.alternates())
            file.put(layout.META, self._meta(learner))

    def _members(self) -> Entries:
        held: Counter[bytes] = Counter()
        for key, group in groupby(self._find, key=_member_key):
            entries = [item[-_MEMBER_BYTES:] for item in group]
            for entry in entries:
                held[entry[:-ID_BYTES]] += 1
            yield key, b"".join([entry[_NUMBER_BYTES:] for entry in entries])
        for place, count in held.items():
            type_, collection = place[:_NUMBER_BYTES], place[_NUMBER_BYTES:]
            where = int.from_bytes(collection, "big"), int.from_bytes(type_, "big")
            self._held[where] += count

    def _validity_ranges(self) -> Entries:
        for key, group in groupby(self._ranges, key=_range_key):
            found = [_RANGE.unpack(item[-_RANGE.size :]) for item in group]
            for type_, position, *_ in found:
                self._held[len(self._collections) + position, type_] += 1
            self._counts["certifications"] += len(found)
            yield key, encode(sorted(range_ for _, *range_ in found))

    def _datasets(self, learner: ShapeLearner) -> Entries:
        for id_, group in groupby(self._data, key=_id_of):
            items = list(group)
            entry = learner.entry(items)
            if entry is not None:
                self._counts["datasets"] += 1
                self._counts["files"] += len(items) - 1
                yield id_, entry

    def _meta(self, learner: ShapeLearner) -> Entries:
        tables = Tables(
            names=list(self._names),
            types=[IndexedType(t.id, t.name, t.group.required) for t in self.types],
            elements=[indexed_element(element) for element in self.elements],
            collections=self._collections,
            calibrations=sorted(self.calibrations),
            counts=sorted((c, t, n) for (c, t), n in self._held.items()),
            words=learner.words,
            datastores=self._datastores,
        )
        part = permanent_part(self._contents, self._policies, self._stray_runs)
        yield layout.CONTENTS, pack_contents(part)
        for number, file in enumerate(learner.files):
            yield numbered(layout.FILE_SHAPE, number), encode(file)
        for number, shape in enumerate(learner.shapes):
            yield numbered(layout.SHAPE, number), encode(shape)
        yield layout.COMMON, encode(tables)
