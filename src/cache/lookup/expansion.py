"""Data IDs with everything that follows from them: implied values and records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...protocol.dimensions import DataCoordinate, DataId
from ...protocol.errors import (
    DataIdValueError,
    DimensionNameError,
    InconsistentDataIdError,
)
from ...protocol.scalars import DataIdValue, Timespan
from ...registry import DimensionGroup, Element
from ..snapshot import Record
from .data_ids import standardize
from .kept import find_records
from .view import View

FetchedRecords = Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class ExpandedDataId:
    """A data ID with all values and all records of its group.

    Parameters
    ----------
    values
        Values in data-coordinate order.
    records
        Records by element, in universe order; elements without one are left out.
    """

    group: DimensionGroup
    values: DataId
    records: Mapping[str, Record]

    def timespan(self, families: Mapping[str, list[str]]) -> Timespan | None:
        """Return the timespan that the data ID stands for, or `None`."""
        name = self.group.temporal_element(families)
        record = self.records.get(name) if name else None
        span = record.values["timespan"] if record else None
        return None if span is None else (span[0], span[1])

    def covers(self, group: DimensionGroup) -> bool:
        """Tell whether it has a value for every dimension of a group."""
        return self.values.keys() >= set(group.names)

    def subset(self, group: DimensionGroup) -> "ExpandedDataId":
        """Return the part of this data ID that belongs to a smaller group."""
        return ExpandedDataId(
            group,
            {name: self.values[name] for name in group.data_coordinate_keys},
            {
                e.name: self.records[e.name]
                for e in group.elements
                if e.name in self.records
            },
        )

    def wire(self) -> DataCoordinate:
        """Return the data coordinate with records."""
        records = {name: record.wire for name, record in self.records.items()}
        return DataCoordinate(self.values, records)


async def expand_data_id(
    view: View, group: DimensionGroup, data_id: DataId
) -> ExpandedDataId:
    """Expand a data ID; large records are fetched in one statement.

    Implied values that the caller gives are replaced by the true ones, unless all
    of them are given: then a contradiction is an error.

    Raises
    ------
    DimensionNameError
        If a required value is missing.
    DataIdValueError
        If a dimension value has no record.
    InconsistentDataIdError
        If values do not belong together.
    """
    known = _known_values(group, data_id)
    for name, value in known.items():
        if not group.universe_elements[name].primary_key.accepts(value):
            raise DataIdValueError(_no_record("dimension", name, known))
    fetched = await find_records(view, group, known)
    return assemble(view, group, known, fetched)


async def expand_temporal(
    view: View, data_id: DataId, defaults: DataId
) -> ExpandedDataId | None:
    """Expand all that a caller gave, if it says anything about time.

    Every dimension counts, not only those of the dataset type: an exposure gives a
    calibration its timespan.

    Raises
    ------
    DimensionNameError, DataIdValueError, InconsistentDataIdError
        As for `expand_data_id`.
    """
    group = view.snapshot.universe.group(data_id)
    standardize(group, data_id, defaults)
    if not group.has_temporal:
        return None
    return await expand_data_id(view, group, {**defaults, **data_id})


def _known_values(group: DimensionGroup, data_id: DataId) -> DataId:
    if all(name in data_id for name in group.names):
        return {name: data_id[name] for name in group.data_coordinate_keys}
    return standardize(group, data_id, {})


def assemble(
    view: View, group: DimensionGroup, data_id: DataId, fetched: FetchedRecords
) -> ExpandedDataId:
    """Expand a data ID whose large records have been fetched.

    Raises
    ------
    DataIdValueError, InconsistentDataIdError
        As for `expand_data_id`.
    """
    known = dict(data_id)
    records: dict[str, Record] = {}
    for element in group.lookup_order:
        record = _record(view, element, known, fetched)
        if record is not None:
            records[element.name] = record
            _imply(element, record, known, data_id)
        elif element.is_dimension:
            raise DataIdValueError(_no_record("dimension", element.name, known))
        elif element.defines_relationships:
            raise InconsistentDataIdError(
                f"{_no_record('element', element.name, known)[:-1]}, but it is marked "
                "as defining relationships; this means one or more dimensions are have "
                "inconsistent values."
            )
    return ExpandedDataId(
        group,
        {name: known[name] for name in group.data_coordinate_keys},
        {e.name: records[e.name] for e in group.elements if e.name in records},
    )


def _record(
    view: View, element: Element, known: DataId, fetched: FetchedRecords
) -> Record | None:
    if element.is_dimension and known.get(element.name) is None:
        raise DimensionNameError(
            f"No value or null value for dimension {element.name}."
        )
    if element.small or element.skypix is not None:
        return view.record(element, known)
    values = fetched[element.name]
    return None if values is None else Record.of(element, values)


def _imply(element: Element, record: Record, known: DataId, data_id: DataId) -> None:
    for name in element.implied:
        value = record.values[name]
        if known.setdefault(name, value) != value:
            raise InconsistentDataIdError(
                f"Data ID {data_id} has {name}={known[name]!r}, but {element.name} "
                f"implies {name}={value!r}."
            )


def _no_record(kind: str, name: str, known: Mapping[str, DataIdValue]) -> str:
    return f"Could not fetch record for {kind} {name} via keys {dict(known)}."


def complete_values(
    view: View, group: DimensionGroup, values: DataId, fetched: FetchedRecords
) -> DataId:
    """Return required and implied values, from records fetched with a dataset.

    A value that the database does not have (a NULL of old repositories) is left
    out.
    """
    known = dict(values)
    for element in group.lookup_order:
        if not element.implied or known.get(element.name) is None:
            continue
        found: Mapping[str, Any] | None
        if element.small:
            record = view.record(element, known)
            found = record.values if record else None
        else:
            found = fetched.get(element.name)
        for name in element.implied if found else ():
            known.setdefault(name, found[name])  # type: ignore[index]
    return {n: known[n] for n in group.data_coordinate_keys if known.get(n) is not None}
