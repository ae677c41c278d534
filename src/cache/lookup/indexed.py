"""Answers of a release index, in the form in which the database would give them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from ...protocol.errors import CalibrationLookupError
from ...protocol.scalars import DataIdValue
from ...registry import (
    DimensionGroup,
    Element,
    FoundDataset,
    StoredDataset,
)
from ..snapshot import Snapshot
from .paths import Segment
from .search import DatasetSearch
from .standing import Part, Standing

RecordValues = dict[str, Any]


class NotIndexedError(Exception):
    """The index does not know the answer after all."""


class IndexedAnswers:
    """Answers of an index that hold with one snapshot.

    Parameters
    ----------
    standing
        What may be taken from the index.
    snapshot
        Has the records of small elements.
    """

    def __init__(self, standing: Standing, snapshot: Snapshot) -> None:
        self.standing = standing
        self.snapshot = snapshot
        self._index = standing.index

    def part(self, search: DatasetSearch, segment: Segment) -> Part | None:
        """Return how to look into a segment; `None`: the index does not know it all."""
        type_ = search.dataset_type
        if self.standing.needed(type_, records=search.records) is None:
            return None
        return self.standing.part(segment)

    def find(
        self, search: DatasetSearch, segment: Segment, part: Part
    ) -> FoundDataset | None:
        """Return the first match in a segment.

        Raises
        ------
        CalibrationLookupError
            If it is ambiguous.
        NotIndexedError
            If its RUN may have changed: then the index does not know.
        """
        number = self.standing.types[search.dataset_type.id]
        best, found = len(segment.keys), None
        for position, id_ in self._index.find(number, search.values.values()):
            rank = part.ranks.get(position)
            if rank is not None and rank < best:
                best, found = rank, id_
        if part.calibration_ranks:
            best, found = self._with_calibrations(search, part, best, found)
        return None if found is None else self._found(search, segment.keys[best], found)

    def stored(self, id_: UUID, *, files: bool) -> StoredDataset | None:
        """Return the dataset with a UUID, if the index has it and it is permanent."""
        found = self._index.dataset(id_.bytes, files=files)
        if found is None:
            return None
        type_, standing = self._index.tables.types[found.dataset_type], self.standing
        if type_.id not in standing.types or not standing.is_valid_run(found.run):
            return None
        return StoredDataset(id_, type_.id, found.run, found.values, found.files, None)

    def records(
        self,
        group: DimensionGroup,
        values: Mapping[str, DataIdValue],
        elements: Iterable[Element],
    ) -> dict[str, RecordValues | None]:
        """Return the records of a data ID, of elements in the order of their lookup."""
        known: dict[str, Any] = dict(values)
        found: dict[str, RecordValues | None] = {}
        for element in elements:
            keys = [self._value(name, group, known) for name in element.required]
            record = None if None in keys else self._index.record(element.name, keys)
            found[element.name] = record
            if record is not None:
                for name in element.implied:
                    known.setdefault(name, record[name])
        return found

    def search(
        self, element: Element, conditions: Mapping[str, Any], limit: int
    ) -> list[RecordValues] | None:
        """Return the first records with these column values; `None`: not known."""
        if element.name not in self.standing.elements:
            return None
        found = self._index.search(element.name, conditions)
        return None if found is None else found[:limit]

    def _value(self, name: str, group: DimensionGroup, known: Mapping[str, Any]) -> Any:
        """Return the value of a dimension, which may follow from another record."""
        if name in known:
            return known[name]
        by = next((e for e in group.elements if name in e.implied), None)
        if by is None or not all(required in known for required in by.required):
            return None
        if by.small:
            record = self.snapshot.record(by, known)
            return None if record is None else record.values[name]
        values = self._index.record(by.name, [known[n] for n in by.required])
        return None if values is None else values[name]

    def _with_calibrations(
        self,
        search: DatasetSearch,
        part: Part,
        best: int,
        found: bytes | None,
    ) -> tuple[int, bytes | None]:
        """Return the first match when validity ranges count, too."""
        spans = [search.timespan or (0, 0)]
        own = self._own_time(search)
        if own is not None:
            begin, end = own
            if begin >= end:
                return best, None  # without a time nothing overlaps it
            spans.append(own)
        number, values = self.standing.types[search.dataset_type.id], search.values
        matches: dict[int, list[bytes]] = {}
        for each in self._index.certifications(number, values.values()):
            rank = part.calibration_ranks.get(each.collection)
            overlaps = all(each.end > b and each.begin < e for b, e in spans)
            if rank is not None and rank < best and overlaps:
                matches.setdefault(rank, []).append(each.id)
        if not matches:
            return best, found
        best = min(matches)
        if len(matches[best]) > 1:
            raise CalibrationLookupError.ambiguous()
        return best, matches[best][0]

    def _own_time(self, search: DatasetSearch) -> tuple[int, int] | None:
        """Return when a data ID itself is; `None`: it says nothing about time."""
        group = search.dataset_type.group
        families = self.snapshot.universe.temporal_families
        name = group.temporal_element(families) if group.has_temporal else None
        if name is None:
            return None
        element = self.snapshot.universe.elements[name]
        values = [search.values[n] for n in element.required]
        if element.small:
            small = self.snapshot.record(element, search.values)
            span = None if small is None else small.values["timespan"]
        else:
            record = self._index.record(name, values)
            span = None if record is None else record["timespan"]
        return (0, 0) if span is None else (span[0], span[1])

    def _found(
        self, search: DatasetSearch, collection: Any, id_: bytes
    ) -> FoundDataset:
        dataset = self._index.dataset(id_, files=search.files)
        if dataset is None or not self.standing.is_valid_run(dataset.run):
            raise NotIndexedError
        group = search.dataset_type.group
        wanted = self.standing.needed(search.dataset_type, records=search.records)
        records = self.records(group, search.values, wanted) if wanted else {}
        return FoundDataset(
            collection, UUID(bytes=id_), dataset.run, records, dataset.files, None
        )
