"""Dimension records that the fake server holds."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...protocol.dimensions import DimensionRecord
from ...protocol.scalars import DataIdValue
from ..universe import DimensionGroup, Element, Universe
from .refusals import butler_error, key_error

_NOTHING: Mapping[str, Any] = {"int": 0, "float": 0.0, "bool": False}

DataId = Mapping[str, DataIdValue]
RequestedId = Mapping[str, int | float | bool | str]


class Records:
    """By element and the values that identify them.

    Parameters
    ----------
    universe
        Their elements.
    """

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self._held: dict[tuple[str, tuple[DataIdValue, ...]], dict[str, Any]] = {}

    def add(self, element: str, columns: Mapping[str, Any]) -> None:
        """Hold a record; columns that are left out are empty.

        A column of another dimension may be called by the name of that; so may its own.

        Raises
        ------
        ValueError
            If a value is missing, or no column's.
        """
        one = self.universe.element(element)
        given = dict(columns)
        if one.is_dimension and element in given:
            given[one.primary_key.name] = given.pop(element)
        unknown = given.keys() - {column.name for column in one.columns}
        if unknown:
            raise ValueError(f"{element} has no columns {sorted(unknown)}")
        record: dict[str, Any] = {}
        for column in one.columns:
            if column.dimension is not None and column.name not in given:
                raise ValueError(
                    f"a record of {element} needs a value of {column.name}"
                )
            empty = None if column.nullable else _NOTHING.get(column.type, "")
            record[column.name] = given.get(column.name, empty)
        values = {c.dimension: record[c.name] for c in one.columns if c.dimension}
        self._held[element, tuple(values[name] for name in one.required)] = record

    def complete(
        self, group: DimensionGroup, data_id: DataId
    ) -> dict[str, DataIdValue]:
        """Return a data ID with all values, and hold records where there are none.

        Raises
        ------
        ValueError
            If a value is neither given nor told by a record.
        """
        values = dict(data_id)
        for name in reversed(group.names):  # what others imply comes before them
            if (record := self.find(name, values)) is not None:
                values |= self._implied(name, record)
        missing = [name for name in group.names if name not in values]
        if missing:
            raise ValueError(
                f"{dict(data_id)} has no values of {missing}: give them, or add "
                "dimension records that have them"
            )
        for name in group.names:
            if self.find(name, values) is None:
                known = self._element(name).dimensions
                self.add(name, {each: values[each] for each in known})
        return {name: values[name] for name in group.data_coordinate_keys}

    def expand(
        self, group: DimensionGroup, data_id: RequestedId
    ) -> dict[str, DataIdValue]:
        """Return a data ID with the values that records tell.

        Raises
        ------
        RefusedError
            If there is no record for a value, or no value.
        """
        values = required(group.required, data_id)
        for name in reversed(group.names):
            if name not in values:
                continue
            record = self.find(name, values)
            if record is None:
                keys = {each: values[each] for each in self._element(name).required}
                raise butler_error(
                    "data_id_value",
                    f"Could not fetch record for dimension {name} via keys {keys}.",
                )
            values |= self._implied(name, record)
        return {name: values[name] for name in group.data_coordinate_keys}

    def find(self, element: str, values: DataId) -> dict[str, Any] | None:
        """Return the columns of a record, or `None`."""
        one = self.universe.element(element)
        if any(name not in values for name in one.required):
            return None
        return self._held.get((element, tuple(values[name] for name in one.required)))

    def of(self, group: DimensionGroup, values: DataId) -> dict[str, DimensionRecord]:
        """Return all records of a data ID, as they are on the wire."""
        found = ((name, self.find(name, values)) for name in group.elements)
        return {
            n: DimensionRecord(n, record) for n, record in found if record is not None
        }

    def _implied(self, name: str, record: Mapping[str, Any]) -> dict[str, DataIdValue]:
        return {each: record[each] for each in self._element(name).implied}

    def _element(self, name: str) -> Element:
        return self.universe.element(name)


def required(names: Iterable[str], data_id: RequestedId) -> dict[str, DataIdValue]:
    """Return those values of a data ID that must be there.

    Raises
    ------
    RefusedError
        If one is missing.
    """
    values: dict[str, DataIdValue] = {}
    for name in names:
        if name not in data_id:
            raise key_error(
                "dimension_name",
                f"No value in data ID ({dict(data_id)}) for required dimension "
                f"'{name}'.",
            )
        value = data_id[name]
        values[name] = value if isinstance(value, str) else int(value)
    return values
