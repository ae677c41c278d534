"""Column expressions: what a condition is about, as JSON and with its type.

The types and which of them agree are those of the protocol; what is made here, a server
accepts.
"""

from typing import Any

import msgspec

from ..universe import Column, Element

_NOTHING: frozenset[str] = frozenset()
_NUMBERS = ("int", "float")
_ORDERED = ("int", "string", "float", "datetime", "ingest_date")


class Operand(msgspec.Struct, frozen=True):
    """A value or a column, or what is made from such.

    Parameters
    ----------
    wire
        The JSON that is sent.
    type
        Type of its values.
    dimensions
        Dimensions that a query must have for it.
    datasets
        Dataset types that a query must search for it.
    """

    wire: dict[str, Any]
    type: str
    dimensions: frozenset[str] = _NOTHING
    datasets: frozenset[str] = _NOTHING

    @property
    def kind(self) -> str:
        """What it is; of a literal that is its type."""
        return str(self.wire["expression_type"])

    @property
    def is_column(self) -> bool:
        """Whether it is a column as it is."""
        return self.kind in {"dimension_key", "dimension_field", "dataset_field"}


def dimension_key(dimension: Element) -> Operand:
    """Return the value of a dimension."""
    return Operand(
        {"expression_type": "dimension_key", "dimension": dimension.name},
        dimension.primary_key.type,
        frozenset({dimension.name}),
    )


def dimension_field(element: Element, column: Column) -> Operand:
    """Return a column of an element's records that is no dimension's value."""
    return Operand(
        {
            "expression_type": "dimension_field",
            "element": element.name,
            "field": column.name,
        },
        column.type,
        frozenset(element.dimensions),
    )


def dataset_field(dataset_type: str, field: str, type_: str) -> Operand:
    """Return a column of the datasets of one type."""
    return Operand(
        {
            "expression_type": "dataset_field",
            "dataset_type": dataset_type,
            "field": field,
        },
        type_,
        datasets=frozenset({dataset_type}),
    )


def bound(timespan: Operand, which: str) -> Operand:
    """Return the ``begin`` or the ``end`` of a timespan."""
    if timespan.type != "timespan":
        raise ValueError(f"Only timespan has {which}; this is {timespan.type}.")
    return _made(f"{which}_of", "datetime", operand=timespan)


def negative(operand: Operand) -> Operand:
    """Return a number with the other sign."""
    if operand.type not in _NUMBERS:
        raise ValueError(f"Only int and float have a sign; this is {operand.type}.")
    return _made("-", operand.type, operand=operand)


def arithmetic(a: Operand, operator: str, b: Operand) -> Operand:
    """Return what an operator makes of two numbers of one type."""
    if a.type != b.type or a.type not in (("int",) if operator == "%" else _NUMBERS):
        raise ValueError(f"{operator!r} has no meaning for {a.type} and {b.type}.")
    return _made(operator, a.type, a=a, b=b)


def backwards(operand: Operand) -> Operand:
    """Return a sort key for the largest first."""
    return msgspec.structs.replace(
        operand, wire={"expression_type": "reversed", "operand": operand.wire}
    )


def check_ordered(operand: Operand) -> None:
    """Refuse what cannot be sorted by."""
    if operand.type not in _ORDERED:
        raise ValueError(f"Columns of type {operand.type} have no order.")


def _made(operator: str, type_: str, **parts: Operand) -> Operand:
    kind = "unary" if len(parts) == 1 else "binary"
    wires = {name: part.wire for name, part in parts.items()}
    return Operand(
        {"expression_type": kind, **wires, "operator": operator},
        type_,
        _NOTHING.union(*(part.dimensions for part in parts.values())),
        _NOTHING.union(*(part.datasets for part in parts.values())),
    )
