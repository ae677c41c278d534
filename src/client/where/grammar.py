"""The grammar of the expression language, by recursive descent.

From loose to tight: OR, AND, NOT, comparisons, IN, sums, products, signs. Chains of OR
and AND become one node each, however long they are.
"""

from collections.abc import Callable

from .nodes import (
    Arithmetic,
    Bind,
    Call,
    Comparison,
    Conjunction,
    Disjunction,
    Membership,
    Moment,
    Name,
    Negation,
    Node,
    Number,
    Pair,
    Range,
    Signed,
    Text,
)
from .reader import Reader
from .tokens import Token

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "OVERLAPS")
_ITEMS = ("number", "text", "time", "range", "bind", "name")
_VALUES = (*_ITEMS, "qualified_name", "(")


def parse(expression: str) -> Node | None:
    """Return the tree of an expression; an empty one has none.

    Raises
    ------
    InvalidQueryError
        If it is no expression of this language.
    """
    return _Grammar(Reader(expression)).whole()


class _Grammar:
    """The rules, each of which reads what it is named after."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def whole(self) -> Node | None:
        node = None if self._reader.sees("end") else self._disjunction()
        self._reader.expect("AND, OR or the end", "end")
        return node

    def _disjunction(self) -> Node:
        parts = self._reader.separated_by("OR", self._conjunction)
        if len(parts) == 1:
            return parts[0]
        return Disjunction(parts[0].start, parts[-1].stop, parts)

    def _conjunction(self) -> Node:
        parts = self._reader.separated_by("AND", self._negation)
        if len(parts) == 1:
            return parts[0]
        return Conjunction(parts[0].start, parts[-1].stop, parts)

    def _negation(self) -> Node:
        keyword = self._reader.takes("NOT")
        if keyword is None:
            return self._comparison()
        operand = self._negation()
        return Negation(keyword.start, operand.stop, operand)

    def _comparison(self) -> Node:
        return self._operation(Comparison, _COMPARISONS, self._membership)

    def _membership(self) -> Node:
        member = self._sum()
        negated = self._reader.takes("NOT") is not None
        if not negated and not self._reader.sees("IN"):
            return member
        self._reader.expect("IN", "IN")
        self._reader.expect("a list in parentheses", "(")
        container = self._reader.separated_by(",", self._item)
        end = self._reader.expect("a comma or the end of the list", ")")
        return Membership(member.start, end.stop, member, container, negated)

    def _item(self) -> Node:
        sign = self._reader.takes("+", "-")
        if sign is None:
            begin = self._reader.expect("a literal or a bind name", *_ITEMS)
            return self._started(begin)
        number = self._reader.expect("a number", "number")
        return Number(sign.start, number.stop, sign.text + number.text)

    def _sum(self) -> Node:
        return self._operation(Arithmetic, ("+", "-"), self._product)

    def _product(self) -> Node:
        return self._operation(Arithmetic, ("*", "/", "%"), self._value)

    def _operation(
        self,
        kind: type[Arithmetic] | type[Comparison],
        operators: tuple[str, ...],
        part: Callable[[], Node],
    ) -> Node:
        a = part()
        while operator := self._reader.takes(*operators):
            b = part()
            a = kind(a.start, b.stop, operator.kind, a, b)
        return a

    def _value(self) -> Node:
        if sign := self._reader.takes("+", "-"):
            operand = self._value()
            return Signed(sign.start, operand.stop, sign.kind, operand)
        begin = self._reader.expect("a value or a column", *_VALUES)
        return self._nested(begin) if begin.kind == "(" else self._started(begin)

    def _nested(self, begin: Token) -> Node:
        first = self._disjunction()
        second = self._disjunction() if self._reader.takes(",") else None
        end = self._reader.expect("a closing parenthesis", ")")
        return Pair(begin.start, end.stop, first, second) if second else first

    def _started(self, begin: Token) -> Node:
        """Read what begins with a word that was taken."""
        place = (begin.start, begin.stop)
        match begin.kind:
            case "number":
                return Number(*place, begin.text)
            case "text":
                return Text(*place, begin.text[1:-1])
            case "time":
                return Moment(*place, begin.text[2:-1])
            case "range":
                return Range(*place, begin.text)
            case "bind":
                return Bind(*place, begin.text[1:])
        is_call = begin.kind == "name" and self._reader.takes("(")
        return self._call(begin) if is_call else Name(*place, begin.text)

    def _call(self, name: Token) -> Node:
        arguments: tuple[Node, ...] = ()
        if not self._reader.sees(")"):
            arguments = self._reader.separated_by(",", self._disjunction)
        end = self._reader.expect("a comma or the end of the arguments", ")")
        return Call(name.start, end.stop, name.text.upper(), arguments)
