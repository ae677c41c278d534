"""Dimension elements and the columns of their records."""

import msgspec


class Column(msgspec.Struct, frozen=True):
    """A column of an element's records.

    Parameters
    ----------
    name
        Name of the column.
    type
        ``int``, ``string``, ``float``, ``bool``, ``hash``, ``datetime``, ``region``,
        ``timespan`` or ``uuid``.
    nullable
        Whether a record may have no value here.
    dimension
        Dimension whose value it holds, if it does.
    """

    name: str
    type: str
    nullable: bool = True
    dimension: str | None = None


class Element(msgspec.Struct, frozen=True, eq=False):
    """One element of a universe.

    Parameters
    ----------
    name
        Name of the element.
    required
        Dimensions that together identify a record, in universe order; a dimension is
        the last of its own.
    implied
        Dimensions whose values a record tells, in universe order.
    columns
        Columns of a record, in the order in which servers write them.
    keys
        Columns that, with the other required dimensions, identify a record; none, if
        the element is no dimension.
    is_governor
        Whether other dimensions have a meaning only within one of its values.
    is_cached
        Whether its records are few and are kept by those who read them.
    is_pixelization
        Whether its values are pixels of the sky; such records are computed.
    """

    name: str
    required: tuple[str, ...]
    implied: tuple[str, ...]
    columns: tuple[Column, ...]
    keys: tuple[Column, ...] = ()
    is_governor: bool = False
    is_cached: bool = False
    is_pixelization: bool = False

    @property
    def is_dimension(self) -> bool:
        """Whether data IDs have a value for it."""
        return bool(self.keys)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions whose values are in its records."""
        return (*self.required, *self.implied)

    @property
    def primary_key(self) -> Column:
        """Column with the values of this dimension."""
        return self.keys[0]

    @property
    def alternate_keys(self) -> tuple[Column, ...]:
        """Columns that identify a record as well."""
        return self.keys[1:]

    def column(self, name: str) -> Column | None:
        """Return the column called ``name``, or `None`."""
        return next((c for c in self.columns if c.name == name), None)
