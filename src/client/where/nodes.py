"""The tree of an expression: what was written, before anybody asks what it means.

Every node knows where it stands, so that an error can point at it.
"""

import msgspec


class Node(msgspec.Struct, frozen=True):
    """Part of an expression, at ``text[start:stop]``."""

    start: int
    stop: int


class Number(Node, frozen=True):
    """A number as it was written; those in a list may have a sign."""

    text: str


class Text(Node, frozen=True):
    """A text in quotes."""

    value: str


class Moment(Node, frozen=True):
    """A time: ``T'2025-12-03'``."""

    value: str


class Name(Node, frozen=True):
    """A column, a bind name without its colon, or NULL."""

    name: str


class Bind(Node, frozen=True):
    """A bind name: ``:name``."""

    name: str


class Range(Node, frozen=True):
    """A range of integers as it was written: ``first..last:step``."""

    text: str


class Pair(Node, frozen=True):
    """The bounds of a timespan."""

    begin: Node
    end: Node


class Call(Node, frozen=True):
    """A function, its name in capitals."""

    function: str
    arguments: tuple[Node, ...]


class Signed(Node, frozen=True):
    """A value behind ``+`` or ``-``."""

    sign: str
    operand: Node


class Arithmetic(Node, frozen=True):
    """A value made from two."""

    operator: str
    a: Node
    b: Node


class Comparison(Node, frozen=True):
    """How two values compare."""

    operator: str
    a: Node
    b: Node


class Membership(Node, frozen=True):
    """Whether a value is in a list, or whether it is not."""

    member: Node
    container: tuple[Node, ...]
    negated: bool


class Negation(Node, frozen=True):
    """Whether a condition is false."""

    operand: Node


class Conjunction(Node, frozen=True):
    """Whether all conditions are true."""

    operands: tuple[Node, ...]


class Disjunction(Node, frozen=True):
    """Whether any condition is true."""

    operands: tuple[Node, ...]
