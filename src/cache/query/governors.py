"""What a predicate says of all rows, and what is added for governor dimensions.

Source of the rules: a DirectButler adds the value of the default data ID for each
governor dimension that no comparison mentions, and refuses values of dimensions that
depend on a governor dimension of which nothing is said.
"""

from collections.abc import Iterator, Mapping

from ...protocol.dimensions import DataId
from ...protocol.queries import (
    Comparison,
    DimensionField,
    DimensionKey,
    InContainer,
    InRange,
    IntLiteral,
    IsNull,
    Leaf,
    Not,
    Operand,
    Predicate,
    StringLiteral,
)
from ...protocol.scalars import DataIdValue
from ...registry import DimensionGroup
from .columns import find_column
from .unknown import require


class Constraints:
    """What follows from a predicate.

    Parameters
    ----------
    group
        Dimensions of the query.
    predicate
        Its predicate.

    Attributes
    ----------
    values
        Of dimensions, the same in all rows.
    contradictions
        What the stock client is told of values that cannot both be.
    """

    def __init__(self, group: DimensionGroup, predicate: Predicate) -> None:
        self.values: DataId = {}
        self.contradictions: list[str] = []
        self._group = group
        self._mentioned: set[str] = set()
        self._needed: set[str] = set()
        for any_of in predicate.operands:
            for leaf in any_of:
                self._add(leaf, is_alone=len(any_of) == 1)

    def added(self, defaults: DataId, *, validates: bool) -> DataId:
        """Return governor values that the default data ID adds.

        Raises
        ------
        NotKnownError
            If one that must be said is said nowhere.
        """
        elements = self._group.universe_elements
        governors = {name for name in self._group.names if elements[name].governor}
        added: dict[str, DataIdValue] = {}
        for name in sorted(governors | self._needed):
            if name in self._mentioned:
                continue
            if name in defaults:
                added[name] = defaults[name]
            else:
                require(known=not validates or name not in self._needed)
        return added

    def _add(self, leaf: Leaf, *, is_alone: bool) -> None:
        is_inverted = isinstance(leaf, Not)
        inner = leaf.operand if isinstance(leaf, Not) else leaf
        for column in _columns(inner):
            governor = find_column(self._group, column).governor
            if governor is not None:
                self._needed.add(governor)
        if not isinstance(inner, Comparison):
            return
        self._mention(inner)
        if is_alone and inner.operator == ("!=" if is_inverted else "=="):
            self._fix(inner)

    def _mention(self, leaf: Comparison) -> None:
        elements = self._group.universe_elements
        for side in (leaf.a, leaf.b):
            if isinstance(side, DimensionKey) and elements[side.dimension].governor:
                self._mentioned.add(side.dimension)

    def _fix(self, leaf: Comparison) -> None:
        fixed = fixed_value(leaf)
        if fixed is None:
            return
        name, value = fixed
        old = self.values.setdefault(name, value)
        if old != value:
            self.contradictions.append(
                f"'where' expression requires both {name}={value!r} and {name}={old!r}."
            )


def fixed_value(leaf: Comparison) -> tuple[str, DataIdValue] | None:
    """Return a dimension and the value that it is compared with."""
    for side, other in ((leaf.a, leaf.b), (leaf.b, leaf.a)):
        if isinstance(side, DimensionKey) and isinstance(
            other, IntLiteral | StringLiteral
        ):
            return side.dimension, other.value
    return None


def governor_defaults(
    group: DimensionGroup, data_id: Mapping[str, DataIdValue]
) -> DataId:
    """Return the values of governor dimensions in a default data ID.

    Raises
    ------
    NotKnownError
        If there is anything else in it.
    """
    for name, value in data_id.items():
        element = group.universe_elements.get(name)
        is_governor = element is not None and element.governor
        require(known=is_governor and isinstance(value, str) and "\0" not in value)
    return dict(data_id)


def _columns(leaf: Leaf) -> Iterator[DimensionKey | DimensionField]:
    sides: tuple[Operand, ...]
    match leaf:
        case Comparison():
            sides = (leaf.a, leaf.b)
        case InContainer() | InRange():
            sides = (leaf.member,)
        case IsNull():
            sides = (leaf.operand,)
        case _:
            sides = ()
    return (s for s in sides if isinstance(s, DimensionKey | DimensionField))
