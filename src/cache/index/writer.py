"""Makes the file of a release index from rows in any order.

Memory stays flat: what has to be sorted is sorted in parts, on disk. Everything that
gets a number gets it in an order that depends on nothing but the contents, so that the
same contents are the same bytes.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import lmdb

from ...protocol.collections import CollectionType
from ...registry import (
    Contents,
    Element,
    RecordReader,
    RegisteredDatasetType,
    read_dataset_types,
    record_rows,
)
from ..policies import Policies, Policy
from . import layout
from .layout import COLLECTION_BYTES, KeyPacker, encode, packed
from .shape_learner import ShapeLearner
from .sorting import Sorter
from .stored_contents import pack_contents, permanent_keys, permanent_part
from .tables import IndexedType, Tables, indexed_element, region_columns

_ITEMS = 150_000
_BATCH = 5_000
_COMMIT = 200_000
_MAP_BYTES = 1 << 40
_PAGE_BYTES = 4096

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

    Attributes
    ----------
    types
        Dataset types whose datasets are wanted.
    elements
        Dimension elements whose records are wanted.
    runs, tagged, calibrations
        Keys of the collections whose contents are wanted.
    counts
        How many datasets, files, certifications and records there were.
    """

    def __init__(
        self,
        path: Path,
        contents: Contents,
        policies: Policies,
        items: int = _ITEMS,
    ) -> None:
        universe = contents.schema.universe
        types = read_dataset_types(contents)
        self.types = [
            types[name]
            for name in sorted(types)
            if policies.of_dataset_type(name) is Policy.PERMANENT
        ]
        self.elements = [
            element
            for name, element in sorted(universe.elements.items())
            if element.has_table
            and not element.small
            and policies.of_dimension(name) is Policy.PERMANENT
        ]
        keys = permanent_keys(contents, policies)
        self.runs = keys[CollectionType.RUN]
        self.tagged = keys[CollectionType.TAGGED]
        self.calibrations = keys[CollectionType.CALIBRATION]
        self.counts: Counter[str] = Counter()
        self._path = path
        self._contents = contents
        self._policies = policies
        self._collections = sorted((*self.runs, *self.tagged))
        self._numbers = {
            key: number.to_bytes(COLLECTION_BYTES, "big")
            for number, key in enumerate(self._collections)
        }
        self._stray_runs: set[Any] = set()
        self._held: Counter[tuple[int, int]] = Counter()
        self._names = {name: n for n, name in enumerate(_names(contents))}
        self._type_packers = {
            type_.id: KeyPacker.of(n, type_.group.required, universe, self._names)
            for n, type_ in enumerate(self.types)
        }
        self._element_packers = {
            element.name: KeyPacker.of(n, element.required, universe, self._names)
            for n, element in enumerate(self.elements)
        }
        self._stack = ExitStack()
        self._find, self._data, self._ranges, self._records, self._others = (
            Sorter(path.parent, items) for _ in range(5)
        )

    def __enter__(self) -> Self:
        for sorter in (
            self._find,
            self._data,
            self._ranges,
            self._records,
            self._others,
        ):
            self._stack.enter_context(sorter)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add_datasets(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take datasets in the RUNs; rows as from `BulkReader.datasets`."""
        packer, numbers = self._type_packers[type_.id], self._numbers
        number = self.types.index(type_)
        find, data = [], []
        for run, id_, *rest in rows:
            values = packer.values(rest[7:])
            key = packed(encode((number, *values)))
            find.append((key, number, numbers[run] + id_))
            data.append((id_, number, run, *rest[:7], *values))
        self._find.extend(find)
        self._data.extend(data)

    def add_strays(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take datasets of other RUNs; rows as from `BulkReader.strays`."""
        packer = self._type_packers[type_.id]
        number = self.types.index(type_)
        data = []
        for run, id_, *rest in rows:
            data.append((id_, number, run, *rest[:7], *packer.values(rest[7:])))
            self._stray_runs.add(run)
        self._data.extend(data)

    def add_members(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take membership of TAGGED collections; rows as from `BulkReader.members`."""
        packer, numbers = self._type_packers[type_.id], self._numbers
        number = self.types.index(type_)
        self._find.extend(
            [
                (packer.key(values), number, numbers[key] + id_)
                for key, id_, *values in rows
            ]
        )

    def add_validity_ranges(self, type_: RegisteredDatasetType, rows: Rows) -> None:
        """Take certifications; rows as from `BulkReader.validity_ranges`."""
        packer, number = self._type_packers[type_.id], self.types.index(type_)
        positions = {key: n for n, key in enumerate(sorted(self.calibrations))}
        self._ranges.extend(
            [
                (packer.key(values), number, (positions[key], begin, end, id_))
                for key, id_, begin, end, *values in rows
            ]
        )

    def add_records(self, element: Element, rows: Rows) -> None:
        """Take records; rows as from `BulkReader.records`."""
        reader = RecordReader(element)
        packer = self._element_packers[element.name]
        width = len(element.required)
        in_hex = region_columns(element)
        regions = [n for n, name in enumerate(reader.names) if name in in_hex]
        others = indexed_element(element).alternates
        records: list[tuple[bytes, bytes]] = []
        alternates: list[tuple[bytes, bytes]] = []
        for row in rows:
            columns = list(row)
            for position in regions:
                if columns[position] is not None:
                    columns[position] = bytes.fromhex(columns[position])
            key = packer.key(row[:width])
            records.append((key, encode(columns[width:])))
            if others:
                record = reader.read(row)
                alternates += self._alternates(element, others, record, row[:width])
        self._records.extend(records)
        self._others.extend(alternates)
        self.counts[f"record:{element.name}"] += len(records)

    def _alternates(
        self,
        element: Element,
        others: Iterable[tuple[str, ...]],
        record: dict[str, Any],
        key: Sequence[Any],
    ) -> Iterator[tuple[bytes, bytes]]:
        number = self.elements.index(element)
        packer = self._element_packers[element.name]
        own = packer.values(key)
        governing = own[: len(element.dependencies)]
        for position, columns in enumerate(others):
            values = [record[name] for name in columns]
            if None not in values:
                found = packed(encode((number, position, *governing, *values)))
                yield found, encode(own)

    def write(self) -> None:
        """Write the file, compact and complete.

        Raises
        ------
        OSError
            If the disk is full.
        """
        whole = self._path.with_suffix(".whole")
        environment = lmdb.open(
            str(whole),
            subdir=False,
            lock=False,
            max_dbs=len(layout.TABLES),
            map_size=_MAP_BYTES,
            sync=False,
            metasync=False,
        )
        try:
            learner = ShapeLearner()
            self._put(environment, layout.FIND, self._find_entries())
            self._put(environment, layout.CALIBRATIONS, self._range_entries())
            self._put(environment, layout.DATASETS, self._data_entries(learner))
            self._put(environment, layout.RECORDS, iter(self._records))
            self._put(environment, layout.ALTERNATES, _joined(self._others))
            self._put(environment, layout.META, iter(self._meta(learner)))
            used = (environment.info()["last_pgno"] + 1) * _PAGE_BYTES
            environment.set_mapsize(max(used, 1 << 20))
            environment.copy(str(self._path), compact=True)
        except lmdb.Error as error:
            raise OSError(f"the index cannot be written: {error}") from error
        finally:
            environment.close()
            whole.unlink(missing_ok=True)

    @staticmethod
    def _put(
        environment: lmdb.Environment, table: bytes, items: Iterator[tuple[bytes, Any]]
    ) -> None:
        database = environment.open_db(table)
        while True:
            part = itertools.islice(items, _COMMIT)
            is_empty = True
            with environment.begin(write=True, db=database) as transaction:
                cursor = transaction.cursor()
                while batch := list(itertools.islice(part, _BATCH)):
                    is_empty = False
                    _, added = cursor.putmulti(batch, append=True)
                    if added != len(batch):
                        raise OSError(f"two entries of {table.decode()} have one key")
            if is_empty:
                return

    def _find_entries(self) -> Iterator[tuple[bytes, bytes]]:
        held = self._held
        for key, group in itertools.groupby(self._find, key=itemgetter(0)):
            (_, number, entry), *others = group
            if others:
                # A dataset of several files came once for each.
                entries = sorted({entry, *(other for _, _, other in others)})
            else:
                entries = [entry]
            for each in entries:
                held[int.from_bytes(each[:COLLECTION_BYTES], "big"), number] += 1
            yield key, b"".join(entries)

    def _range_entries(self) -> Iterator[tuple[bytes, bytes]]:
        for key, group in itertools.groupby(self._ranges, key=itemgetter(0)):
            found = list(group)
            ranges = sorted(tuple(each) for *_, each in found)
            self.counts["certifications"] += len(ranges)
            for position, *_ in ranges:
                self._held[len(self._collections) + position, found[0][1]] += 1
            yield key, encode(ranges)

    def _data_entries(self, learner: ShapeLearner) -> Iterator[tuple[bytes, bytes]]:
        for id_, group in itertools.groupby(self._data, key=itemgetter(0)):
            rows = list(group)
            self.counts["datasets"] += 1
            self.counts["files"] += sum(row[3] is not None for row in rows)
            yield id_, learner.entry(rows)

    def _meta(self, learner: ShapeLearner) -> list[tuple[bytes, bytes]]:
        tables = Tables(
            names=list(self._names),
            types=[IndexedType(t.id, t.name, t.group.required) for t in self.types],
            elements=[indexed_element(element) for element in self.elements],
            collections=self._collections,
            calibrations=sorted(self.calibrations),
            counts=sorted((c, t, n) for (c, t), n in self._held.items()),
            words=learner.words,
            files=learner.files,
            shapes=learner.shapes,
        )
        part = permanent_part(self._contents, self._policies, self._stray_runs)
        return [(b"contents", pack_contents(part)), (b"tables", encode(tables))]


def _joined(items: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each key once, with the list of its values, which are encoded arrays."""
    for key, group in itertools.groupby(items, key=itemgetter(0)):
        values = sorted(value for _, value in group)
        yield key, encode(values)


def _names(contents: Contents) -> list[str]:
    """Return the values of all small dimensions whose values are strings, in order."""
    names: set[str] = set()
    for element in contents.schema.universe.elements.values():
        if not element.small or not element.is_dimension:
            continue
        if element.primary_key.type == "string":
            position = len(element.dependencies)
            names.update(
                row[position] for row in contents.rows[record_rows(element.name)]
            )
    names.discard(None)
    return sorted(names)
