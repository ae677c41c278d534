"""Columns of the rows of a query, which are records by element."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...protocol.queries import Column, DimensionKey
from ...registry import DimensionGroup
from ..snapshot import Record
from .unknown import require

Row = Mapping[str, Record]
"""Records of the dimensions of a group, by element."""


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column.

    Parameters
    ----------
    element, name
        Whose records have it, and what it is called there.
    type
        As the universe has it.
    governor
        The governor dimension without which its values say nothing, if there is one.
    key
        The dimension whose value it is, or `None`.
    """

    element: str
    name: str
    type: str
    governor: str | None
    key: str | None

    def value(self, row: Row) -> Any:
        """Return its value in a row."""
        return row[self.element].values[self.name]


def find_column(group: DimensionGroup, column: Column) -> RecordColumn:
    """Return a column of a group's rows.

    Raises
    ------
    NotKnownError
        If its records have none of that name.
    """
    if isinstance(column, DimensionKey):
        require(known=column.dimension in group.names)
        element = group.universe_elements[column.dimension]
        key = element.primary_key
        return RecordColumn(
            element.name,
            key.name,
            key.type,
            _governor(group, element.name),
            element.name,
        )
    require(known=column.element in group.names)
    element = group.universe_elements[column.element]
    field = next((f for f in element.fields if f.name == column.field), None)
    require(known=field is not None)
    assert field is not None  # noqa: S101 - told to mypy
    # Names of detectors need an instrument to make sense, their rafts do not.
    is_alternate = field in element.alternate_keys
    governor = _governor(group, element.name) if is_alternate else None
    return RecordColumn(element.name, field.name, field.type, governor, None)


def _governor(group: DimensionGroup, name: str) -> str | None:
    elements = group.universe_elements
    return next((n for n in elements[name].dependencies if elements[n].governor), None)
