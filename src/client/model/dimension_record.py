"""Rows of the tables of dimension elements."""

from collections.abc import Mapping
from typing import Any

from ...protocol.scalars import DataIdValue
from ..universe import Element
from .names import Named
from .timespan import Timespan


class DimensionRecord:
    """What a repository knows of one visit, detector, patch, ...

    Its columns are its attributes.

    Parameters
    ----------
    element
        What it is a record of.
    columns
        By name, as they are on the wire.
    """

    __slots__ = ("_columns", "_element")

    def __init__(self, element: Element, columns: Mapping[str, Any]) -> None:
        self._element = element
        self._columns = columns

    @property
    def definition(self) -> Named:
        """Name of the dimension element."""
        return Named(self._element.name)

    @property
    def dataId(self) -> Mapping[str, DataIdValue]:
        """The values that identify it."""
        return {
            column.dimension: self._columns[column.name]
            for column in self._element.columns
            if column.dimension in self._element.required
        }

    def has(self, column: str) -> bool:
        """Tell whether there is such a column."""
        return column in self._columns

    def toDict(self) -> dict[str, Any]:
        """Return all columns by name, in their order."""
        return {name: self._value(name) for name in self._columns}

    @property
    def timespan(self) -> Timespan | None:
        """When it took place, if it is something that does.

        Raises
        ------
        AttributeError
            If it has no such column.
        """
        pair = self._wire("timespan")
        return None if pair is None else Timespan.of((pair[0], pair[1]))

    @property
    def region(self) -> Any:
        """Where in the sky it is: an `lsst.sphgeom.Region`, if that is installed.

        Otherwise its encoding in `bytes`.

        Raises
        ------
        AttributeError
            If it has no such column.
        """
        text = self._wire("region")
        return None if text is None else _region(bytes.fromhex(text))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._value(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._columns]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DimensionRecord):
            return NotImplemented
        return self.definition == other.definition and self._columns == other._columns

    def __hash__(self) -> int:
        return hash((self.definition, *self.dataId.values()))

    def __repr__(self) -> str:
        shown = {
            name: "..." if name == "region" and value else value
            for name, value in self._columns.items()
        }
        columns = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{self.definition}({columns})"

    def _value(self, name: str) -> Any:
        if name == "timespan":
            return self.timespan
        if name == "region":
            return self.region
        value = self._wire(name)
        column = self._element.column(name)
        is_hash = column is not None and column.type == "hash"
        return bytes.fromhex(value) if is_hash and value else value

    def _wire(self, name: str) -> Any:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(
                f"{self._element.name} has no {name}; it has {', '.join(self._columns)}"
            ) from None


def _region(encoded: bytes) -> Any:
    try:
        from lsst.sphgeom import Region
    except ImportError:
        return encoded
    return Region.decode(encoded)
