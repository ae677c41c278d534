"""The normal form says the same as what it was made from, and does not explode."""

from collections.abc import Callable, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.client.where.normal_form import Predicate
from butlery.client.where.operands import Operand
from butlery.client.where.predicates import Leaf, compare

_LETTERS = "abcd"
_Meaning = Callable[[Mapping[str, bool]], bool]


def _leaf(letter: str) -> Leaf:
    column = Operand({"expression_type": "dimension_key", "dimension": letter}, "int")
    return compare(column, "==", column)


def _value(leaf: Leaf, world: Mapping[str, bool]) -> bool:
    if leaf.wire["predicate_type"] == "not":
        return not _value(leaf.inverted(), world)
    return world[leaf.wire["a"]["dimension"]]


def _conjunction(parts: list[tuple[Predicate, _Meaning]]) -> tuple[Predicate, _Meaning]:
    whole = Predicate.all_of(predicate for predicate, _ in parts)
    return whole, lambda world: all(meaning(world) for _, meaning in parts)


def _disjunction(parts: list[tuple[Predicate, _Meaning]]) -> tuple[Predicate, _Meaning]:
    whole = Predicate.any_of(predicate for predicate, _ in parts)
    return whole, lambda world: any(meaning(world) for _, meaning in parts)


def _negation(part: tuple[Predicate, _Meaning]) -> tuple[Predicate, _Meaning]:
    predicate, meaning = part
    return predicate.inverted(), lambda world: not meaning(world)


def _letter(letter: str) -> tuple[Predicate, _Meaning]:
    return Predicate.of(_leaf(letter)), lambda world: world[letter]


_predicates = st.recursive(
    st.sampled_from(_LETTERS).map(_letter),
    lambda inner: (
        st.lists(inner, max_size=3).map(_conjunction)
        | st.lists(inner, max_size=3).map(_disjunction)
        | inner.map(_negation)
    ),
    max_leaves=6,
)


@given(_predicates)
def test_the_normal_form_is_true_where_the_expression_is(
    both: tuple[Predicate, _Meaning],
) -> None:
    predicate, meaning = both
    for values in product([False, True], repeat=len(_LETTERS)):
        world = dict(zip(_LETTERS, values, strict=True))
        found = all(
            any(_value(leaf, world) for leaf in clause) for clause in predicate.clauses
        )
        assert found == meaning(world)


def test_nothing_asked_is_true_and_its_opposite_false() -> None:
    assert Predicate().wire == {"operands": []}
    assert Predicate().inverted().wire == {"operands": [[]]}
    assert Predicate.any_of([Predicate(), _letter("a")[0]]) == Predicate()


def test_an_expression_that_would_explode_is_refused_before_it_does() -> None:
    pair = Predicate.all_of([_letter("a")[0], _letter("b")[0]])
    with pytest.raises(ValueError, match=r"has \d{20,} conditions; ask in several"):
        Predicate.any_of([pair] * 100)


def test_a_long_list_is_no_explosion() -> None:
    many = Predicate.any_of([_letter("a")[0]] * 60_000)
    assert len(many.clauses[0]) == 60_000
    assert len(many.inverted().clauses) == 60_000
