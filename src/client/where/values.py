"""What the values of an expression are: columns, literals, and what is made of them."""

from typing import TypeGuard

import msgspec

from . import times
from .functions import call
from .literals import literal, moment, timespan
from .names import Names
from .nodes import (
    Arithmetic,
    Bind,
    Call,
    Moment,
    Name,
    Node,
    Number,
    Pair,
    Signed,
    Text,
)
from .operands import Operand, arithmetic, negative
from .refusal import pointing_at


class Values(msgspec.Struct, frozen=True):
    """The values of one expression.

    Parameters
    ----------
    text
        The expression, for errors.
    names
        The names that it may use.
    """

    text: str
    names: Names

    def of(self, node: Node) -> Operand:
        """Return the value that a node is.

        Raises
        ------
        InvalidQueryError
            If it is none.
        """
        with pointing_at(self.text, node):
            return self._of(node)

    def _of(self, node: Node) -> Operand:  # noqa: PLR0911 - one for each kind
        match node:
            case Number():
                return literal(_number(node.text))
            case Text():
                return literal(node.value)
            case Moment():
                return moment(times.of_text(node.value))
            case Name() | Bind():
                return self.named(node)
            case Pair():
                bounds = self._bound(node.begin), self._bound(node.end)
                return timespan(*times.timespan(*bounds))
            case Signed():
                return self._signed(node)
            case Arithmetic():
                return arithmetic(self.of(node.a), node.operator, self.of(node.b))
            case Call():
                return call(node, self.of)
        raise ValueError("Expected a value here, not a condition or a range.")

    def named(self, node: Name | Bind) -> Operand:
        """Return the column or the bound value of that name."""
        if isinstance(node, Bind) and node.name not in self.names.bind:
            raise ValueError(f"{node.name!r} is not in bind.")
        if self.names.several(node.name) is not None:
            raise ValueError("A list has a meaning only in IN (…).")
        if is_null(node):
            raise ValueError(
                "NULL has a meaning only in = NULL, != NULL and timespans."
            )
        return self.names.resolve(node.name)

    def _bound(self, node: Node) -> int | None:
        if is_null(node):
            return None
        operand = self.of(node)
        if operand.kind != "datetime":
            raise ValueError(
                "A timespan has two bounds: T'…', a time in bind, or NULL."
            )
        return int(operand.wire["nsec"])

    def _signed(self, node: Signed) -> Operand:
        operand = self.of(node.operand)
        opposite = negative(operand)
        return operand if node.sign == "+" else opposite


def is_null(node: Node) -> TypeGuard[Name]:
    """Tell whether a node is the word for no value."""
    return isinstance(node, Name) and node.name.upper() == "NULL"


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
