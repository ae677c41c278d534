"""Conditions that have no parts: the leaves of a predicate, typed and as JSON.

Raises `ValueError` for what a server would refuse.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from .operands import Operand

_NUMBERS = frozenset({"int", "float"})
_COMPARABLE = frozenset({"int", "string", "float", "datetime"})
_DATES = frozenset({"datetime", "ingest_date"})
_OVERLAPPING = (
    {"timespan"},
    {"timespan", "datetime"},
    {"timespan", "ingest_date"},
    {"region"},
)


class Leaf(msgspec.Struct, frozen=True):
    """A condition.

    Parameters
    ----------
    wire
        The JSON that is sent.
    operands
        What it is about.
    """

    wire: dict[str, Any]
    operands: tuple[Operand, ...]

    def inverted(self) -> "Leaf":
        """Return the opposite condition."""
        opposite = {"predicate_type": "not", "operand": self.wire}
        if self.wire["predicate_type"] == "not":
            opposite = self.wire["operand"]
        return msgspec.structs.replace(self, wire=opposite)


def compare(a: Operand, operator: str, b: Operand) -> Leaf:
    """Compare two values, with ``==``, ``<``, …, or ``overlaps``."""
    if not _agree(a, operator, b):
        raise ValueError(f"{operator!r} cannot compare {a.type} with {b.type}.")
    without_column = not (a.is_column or b.is_column)
    if operator == "overlaps" and a.type == "region" and without_column:
        raise ValueError("One of two regions that overlap must be a column.")
    return _leaf("comparison", a, b, a=a.wire, b=b.wire, operator=operator)


def matches(column: Operand, pattern: Operand) -> Leaf:
    """Compare a column with a pattern."""
    if not column.is_column or {column.type, pattern.kind} != {"string"}:
        raise ValueError("glob needs a column of strings, and a text as the pattern.")
    wires = {"a": column.wire, "b": pattern.wire}
    return _leaf("comparison", column, pattern, **wires, operator="glob")


def is_in(member: Operand, container: Sequence[Operand]) -> Leaf:
    """Ask whether a value is one of several literals."""
    if member.type in {"timespan", "region"}:
        raise ValueError(f"IN cannot look for {member.type}; use OVERLAPS.")
    for other in container:
        if other.type != member.type:
            raise ValueError(f"IN cannot compare {member.type} with {other.type}.")
    wires = [each.wire for each in container]
    return _leaf("in_container", member, member=member.wire, container=wires)


def is_within(member: Operand, first: int, last: int, step: int = 1) -> Leaf:
    """Ask whether an integer is in a range; ``last`` is part of it."""
    if member.type != "int":
        raise ValueError(f"Only int can be in a range; this is {member.type}.")
    if last + 1 < first:
        raise ValueError("A range must not end before it begins.")
    wires = {"member": member.wire, "start": first, "stop": last + 1, "step": step}
    return _leaf("in_range", member, **wires)


def is_null(operand: Operand) -> Leaf:
    """Ask whether there is no value."""
    return _leaf("is_null", operand, operand=operand.wire)


def is_true(column: Operand) -> Leaf:
    """Ask a column that is a condition."""
    return _leaf("boolean_wrapper", column, operand=column.wire)


def _leaf(kind: str, /, *operands: Operand, **parts: Any) -> Leaf:
    return Leaf({"predicate_type": kind, **parts}, operands)


def _agree(a: Operand, operator: str, b: Operand) -> bool:
    types = {a.type, b.type}
    if operator == "overlaps":
        return types in _OVERLAPPING
    if types <= _NUMBERS or types == _DATES:
        return True
    allowed = operator in {"==", "!="} or types <= _COMPARABLE
    return a.type == b.type and allowed and types != {"bool"}
