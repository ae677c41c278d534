"""Dimension elements: what a universe is made of.

An element with keys is a *dimension*; one without joins others. Skypix elements
have no table: their records are computed from the pixelization.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from ...protocol.scalars import DataIdValue

ColumnType: TypeAlias = Literal[
    "int", "string", "float", "bool", "hash", "region", "timespan"
]

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "string": (str,),
    "float": (int, float),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dimension record."""

    name: str
    type: ColumnType
    length: int | None = None
    nullable: bool = True

    def accepts(self, value: DataIdValue) -> bool:
        """Tell whether a data ID value has this column's type."""
        return isinstance(value, _PYTHON_TYPES.get(self.type, ()))


REGION = Column("region", "region")
TIMESPAN = Column("timespan", "timespan")


@dataclass(frozen=True)
class Element:
    """One element of the universe.

    Parameters
    ----------
    name
        Name of the element and, if it has one, of its table.
    dependencies
        Required dimensions other than itself, in universe order.
    implied
        Directly implied dimensions, in universe order.
    keys
        Primary key and alternate keys; empty for a join element.
    metadata
        Other columns.
    governor
        Whether it is a governor dimension (``instrument``, ``skymap``).
    always_join
        Whether its rows say which dimension values belong together.
    small
        Whether all its records are kept in every snapshot.
    view_of
        Element whose table lists this one's values; it has no table itself.
    spatial, temporal
        Name of the topological family, if it is in one.
    skypix
        Class path and level of a pixelization, for skypix dimensions.
    """

    name: str
    dependencies: tuple[str, ...]
    implied: tuple[str, ...]
    keys: tuple[Column, ...]
    metadata: tuple[Column, ...] = ()
    governor: bool = False
    always_join: bool = False
    small: bool = False
    view_of: str | None = None
    spatial: str | None = None
    temporal: str | None = None
    skypix: tuple[str, int] | None = None

    @property
    def is_dimension(self) -> bool:
        """Whether data IDs have a value for it."""
        return bool(self.keys)

    @property
    def has_table(self) -> bool:
        """Whether the database has a table of its name."""
        return self.skypix is None and self.view_of is None

    @property
    def defines_relationships(self) -> bool:
        """Whether a missing row makes a data ID inconsistent."""
        return self.always_join or bool(self.implied)

    @property
    def primary_key(self) -> Column:
        """Column that holds this dimension's own value."""
        return self.keys[0]

    @property
    def alternate_keys(self) -> tuple[Column, ...]:
        """Columns that, with the dependencies, are unique as well."""
        return self.keys[1:]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Dimensions that together identify a record, in universe order."""
        own = (self.name,) if self.is_dimension else ()
        return (*self.dependencies, *own)

    @cached_property
    def facts(self) -> dict[str, Column]:
        """Columns that a data ID may constrain by name: keys and metadata."""
        return {c.name: c for c in (*self.keys, *self.metadata)}

    @cached_property
    def fields(self) -> tuple[Column, ...]:
        """Columns besides dimension values: alternate keys, metadata, topology."""
        topology = (REGION,) * bool(self.spatial) + (TIMESPAN,) * bool(self.temporal)
        return (*self.alternate_keys, *self.metadata, *topology)

    def column_of(self, dimension: str) -> str:
        """Return the column of a record that holds ``dimension``'s value."""
        return self.primary_key.name if dimension == self.name else dimension
