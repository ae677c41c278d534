"""Conditions as functions of a row, with the three values of SQL.

Only what SQLite and PostgreSQL say alike is here: values of one type, and texts in an
order only where that is the order of their code points.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from ...protocol.limits import MAX_GLOB_CHARACTERS
from ...protocol.queries import (
    Comparison,
    Condition,
    InContainer,
    InRange,
    IntLiteral,
    IsNull,
    Leaf,
    Literal_,
    Not,
    StringLiteral,
)
from ...registry import DimensionGroup
from .columns import RecordColumn, Row, find_column
from .unknown import NotKnownError, require

_LITERALS = {IntLiteral: "int", StringLiteral: "string"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_EQUALITIES = frozenset({"==", "!="})

Truth = bool | None
"""`None`: SQL's NULL, which is neither true nor false."""


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one column."""

    column: RecordColumn
    of_value: Callable[[Any], Truth]

    def __call__(self, row: Row) -> Truth:
        """Tell whether it holds for a row."""
        return self.of_value(self.column.value(row))


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions of which one must hold."""

    tests: tuple[Test, ...]

    @property
    def elements(self) -> frozenset[str]:
        """Whose records it looks at."""
        return frozenset(test.column.element for test in self.tests)

    def holds(self, row: Row) -> bool:
        """Tell whether it holds for a row; what is not known does not."""
        return any(test(row) for test in self.tests)


class ConditionReader:
    """Makes tests of the conditions in a request.

    Parameters
    ----------
    group
        Dimensions of the query.
    has_binary_order
        Whether texts are ordered by their code points.
    """

    def __init__(self, group: DimensionGroup, *, has_binary_order: bool) -> None:
        self._group = group
        self._has_binary_order = has_binary_order

    def test(self, leaf: Leaf) -> Test:
        """Return a condition as a test.

        Raises
        ------
        NotKnownError
            If databases may differ about it, or it may be wrong.
        """
        if not isinstance(leaf, Not):
            return self._test(leaf)
        inner = self._test(leaf.operand)
        return Test(inner.column, lambda value: _inverted(inner.of_value(value)))

    def sortable(self, column: RecordColumn) -> bool:
        """Tell whether values of a column have an order that is known."""
        return column.type == "int" or (
            column.type == "string" and self._has_binary_order
        )

    def _test(self, leaf: Condition) -> Test:
        match leaf:
            case Comparison():
                return self._comparison(leaf)
            case InContainer():
                return self._in_container(leaf)
            case InRange():
                return self._in_range(leaf)
            case IsNull():
                column = find_column(self._group, leaf.operand)
                return Test(column, lambda value: value is None)

    def _comparison(self, leaf: Comparison) -> Test:
        column, name, wanted = self._sides(leaf)
        if name == "glob":
            require(known=column.type == "string")
            return Test(column, _glob(wanted))
        require(known=name in _EQUALITIES or self.sortable(column))
        compare = _COMPARISONS[name]
        return Test(column, lambda v: None if v is None else compare(v, wanted))

    def _sides(self, leaf: Comparison) -> tuple[RecordColumn, str, Any]:
        """Return a column, how it is compared, and with which value."""
        if isinstance(leaf.a, IntLiteral | StringLiteral):
            # Patterns stand behind.
            mirrored = _MIRRORED.get(leaf.operator)
            if mirrored is None or isinstance(leaf.b, IntLiteral | StringLiteral):
                raise NotKnownError
            column = find_column(self._group, leaf.b)
            return column, mirrored, _literal(column, leaf.a)
        if not isinstance(leaf.b, IntLiteral | StringLiteral):
            raise NotKnownError
        column = find_column(self._group, leaf.a)
        return column, leaf.operator, _literal(column, leaf.b)

    def _in_container(self, leaf: InContainer) -> Test:
        column = find_column(self._group, leaf.member)
        require(known=column.type in _LITERALS.values())
        values = {_literal(column, each) for each in leaf.container}
        if not values:
            return Test(column, lambda _: False)  # NULL as well
        return Test(column, lambda v: None if v is None else v in values)

    def _in_range(self, leaf: InRange) -> Test:
        column = find_column(self._group, leaf.member)
        start, stop, step = leaf.start, leaf.stop, leaf.step
        require(known=column.type == "int" and (stop is None or stop >= start))
        if stop is not None and stop - 1 == start:
            return Test(column, lambda v: None if v is None else v == start)

        def is_inside(value: int | None) -> Truth:
            if value is None:
                return None
            if value < start or (stop is not None and value >= stop):
                return False
            # The remainder of SQL has the sign of what is divided.
            rest = abs(value) % step * (-1 if value < 0 else 1)
            return step == 1 or rest == start % step

        return Test(column, is_inside)


def _glob(pattern: str) -> Callable[[Any], Truth]:
    """Return what tells whether a text matches a pattern; brackets are no wildcards."""
    if pattern == "*":
        return lambda _: True  # NULL as well
    # Databases escape differently.
    require(known="\\" not in pattern and len(pattern) <= MAX_GLOB_CHARACTERS)
    match = re.compile(translate(pattern.replace("[", "[[]"))).match
    return lambda value: None if value is None else match(value) is not None


def _inverted(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _literal(column: RecordColumn, literal: Literal_) -> Any:
    """Return a value that may be compared with those of a column."""
    require(known=_LITERALS[type(literal)] == column.type)
    value = literal.value
    require(known=not isinstance(value, str) or "\0" not in value)
    return value
