"""What an expression asks for: from its tree to a predicate on typed columns."""

import re

import msgspec

from . import predicates
from .literals import literal
from .nodes import (
    Bind,
    Call,
    Comparison,
    Conjunction,
    Disjunction,
    Membership,
    Name,
    Negation,
    Node,
    Range,
    Text,
)
from .normal_form import Predicate
from .operands import Operand
from .predicates import Leaf
from .refusal import pointing_at
from .values import Values, is_null

_OPERATORS = {"=": "==", "OVERLAPS": "overlaps"}
_INTEGER = re.compile(r"-?\d+")


class Meaning(msgspec.Struct, frozen=True):
    """The conditions of one expression.

    Parameters
    ----------
    values
        The values that they compare.
    """

    values: Values

    def of(self, node: Node) -> Predicate:
        """Return the condition that a node is.

        Raises
        ------
        InvalidQueryError
            If it is none.
        """
        with pointing_at(self.values.text, node):
            return self._of(node)

    def _of(self, node: Node) -> Predicate:  # noqa: PLR0911 - one for each kind
        match node:
            case Disjunction():
                return Predicate.any_of(map(self.of, node.operands))
            case Conjunction():
                return Predicate.all_of(map(self.of, node.operands))
            case Negation():
                return self.of(node.operand).inverted()
            case Membership():
                return self._membership(node)
            case Comparison():
                return Predicate.of(self._comparison(node))
            case Call(function="GLOB"):
                return Predicate.of(self._glob(node))
            case Name():
                return Predicate.of(self._boolean(node))
        raise ValueError("Expected a condition here; compare this value with another.")

    def _boolean(self, node: Name) -> Leaf:
        column = self.values.named(node)
        if column.type != "bool":
            raise ValueError(f"This is {column.type} and no condition; compare it.")
        return predicates.is_true(column)

    def _comparison(self, node: Comparison) -> Leaf:
        if not (is_null(node.a) or is_null(node.b)):
            operator = _OPERATORS.get(node.operator, node.operator)
            a, b = self.values.of(node.a), self.values.of(node.b)
            return predicates.compare(a, operator, b)
        if node.operator not in {"=", "!="}:
            raise ValueError(f"Nothing {node.operator} NULL; write = NULL or != NULL.")
        other = self.values.of(node.b if is_null(node.a) else node.a)
        leaf = predicates.is_null(other)
        return leaf if node.operator == "=" else leaf.inverted()

    def _glob(self, node: Call) -> Leaf:
        match node.arguments:
            case (Name() as column, Text() | Bind() as pattern):
                wanted = self.values.of(column), self.values.of(pattern)
                return predicates.matches(*wanted)
        raise ValueError("Write glob(column, 'pattern') or glob(column, :bind_name).")

    def _membership(self, node: Membership) -> Predicate:
        member = self.values.of(node.member)
        if member.type == "bool":
            raise ValueError("A bool is in no list; it is a condition as it is.")
        found = Predicate.any_of(
            Predicate.of(self._item(member, item)) for item in node.container
        )
        return found.inverted() if node.negated else found

    def _item(self, member: Operand, item: Node) -> Leaf:
        """Ask whether a value is an item of a list, or is in it."""
        with pointing_at(self.values.text, item):
            if isinstance(item, Range):
                first, last, *step = map(_integer, _INTEGER.findall(item.text))
                return predicates.is_within(member, first, last, *step)
            if is_null(item):
                return predicates.is_null(member)
            if isinstance(item, Call) and item.function != "UUID":
                raise ValueError("A list has literals and names, and UUID('…').")
            several = self._several(item)
            if several is not None:
                return predicates.is_in(member, several)
            return predicates.compare(member, "==", self.values.of(item))

    def _several(self, item: Node) -> list[Operand] | None:
        if isinstance(item, Name | Bind):
            return self.values.names.several(item.name)
        return None


def _integer(text: str) -> int:
    return int(literal(int(text)).wire["value"])
