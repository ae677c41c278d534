"""Rows of dimension tables as the dictionaries of the wire."""

from collections.abc import Sequence
from typing import Any

from .dimensions import Element


class RecordReader:
    """Turns the columns of `Schema.record_columns` into one record's mapping.

    The mapping has every column of the element, in wire order; a missing value is
    `None`, and a timespan is a two-element list.
    """

    def __init__(self, element: Element) -> None:
        self.element = element
        self.names = (
            *(element.column_of(d) for d in element.required),
            *element.implied,
            *(f.name for f in element.fields),
        )
        self._has_timespan = bool(element.temporal)
        self.width = len(self.names) + self._has_timespan

    def read(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return the record whose columns are ``values``."""
        if not self._has_timespan:
            return dict(zip(self.names, values, strict=True))
        *plain, begin, end = values
        timespan = None if begin is None else [begin, end]
        return dict(zip(self.names, [*plain, timespan], strict=True))

    def read_joined(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """Return the record of an outer join, or `None` if it has no row."""
        return None if values[0] is None else self.read(values)
