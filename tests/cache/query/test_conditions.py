"""Conditions have the three values of SQL."""

import json
from types import MappingProxyType
from typing import Any

import pytest
from lsst.daf.butler import DimensionConfig

from butlery.cache.query.conditions import ConditionReader
from butlery.cache.query.unknown import NotKnownError
from butlery.cache.snapshot import Record
from butlery.protocol.dimensions import DimensionRecord
from butlery.protocol.queries import (
    Comparison,
    DimensionField,
    InContainer,
    InRange,
    IntLiteral,
    IsNull,
    Leaf,
    Not,
    StringLiteral,
)
from butlery.registry import DimensionUniverse

RAFT = DimensionField("detector", "raft")
MAXIMUM = DimensionField("instrument", "detector_max")
A = StringLiteral("A")


@pytest.fixture(scope="module")
def universe() -> DimensionUniverse:
    return DimensionUniverse(json.dumps(DimensionConfig().toDict()))


def truth(universe: DimensionUniverse, leaf: Leaf, value: Any) -> bool | None:
    """Return what a condition says of a column with a value."""
    record = Record(
        MappingProxyType({"raft": value, "detector_max": value}),
        DimensionRecord("detector", {}),
    )
    reader = ConditionReader(universe.group(["detector"]), has_binary_order=True)
    return reader.test(leaf)({"detector": record, "instrument": record})


CASES: list[tuple[Leaf, Any, bool | None]] = [
    (Comparison(RAFT, A, "=="), "A", True),
    (Comparison(RAFT, A, "!="), "a", True),
    (Comparison(A, RAFT, "<"), "B", True),
    (Comparison(RAFT, A, "<"), "B", False),
    (Comparison(RAFT, A, "=="), None, None),
    (Comparison(RAFT, A, "!="), None, None),
    (Comparison(RAFT, StringLiteral("*"), "glob"), None, True),
    (Comparison(RAFT, StringLiteral("[A]?"), "glob"), "[A]\n", True),
    (Comparison(RAFT, StringLiteral("[A]"), "glob"), "A", False),
    (Comparison(RAFT, StringLiteral("a*"), "glob"), "A", False),
    (Comparison(RAFT, StringLiteral("a*"), "glob"), None, None),
    (InContainer(RAFT, []), None, False),
    (InContainer(RAFT, [A, A]), "A", True),
    (InContainer(RAFT, [A]), None, None),
    (IsNull(RAFT), None, True),
    (IsNull(RAFT), "A", False),
    (InRange(MAXIMUM, 1, 2, 7), 1, True),
    (InRange(MAXIMUM, 1, 1), 1, False),
    (InRange(MAXIMUM, 1, 1), None, None),
    (InRange(MAXIMUM, -5, 5, 2), -3, False),  # the remainder is -1 in SQL
    (InRange(MAXIMUM, -4, 5, 2), -2, True),
    (InRange(MAXIMUM, 0, None, 3), 2**62, False),
]


@pytest.mark.parametrize(("leaf", "value", "expected"), CASES)
def test_condition(
    universe: DimensionUniverse, leaf: Any, value: Any, *, expected: bool | None
) -> None:
    assert truth(universe, leaf, value) is expected
    inverted = None if expected is None else not expected
    assert truth(universe, Not(leaf), value) is inverted


NOT_KNOWN: list[Leaf] = [
    Comparison(RAFT, IntLiteral(1), "=="),
    Comparison(MAXIMUM, A, "=="),
    Comparison(MAXIMUM, IntLiteral(1), "glob"),
    Comparison(A, RAFT, "glob"),
    Comparison(RAFT, StringLiteral("a\\"), "glob"),
    Comparison(RAFT, StringLiteral("a\0"), "=="),
    InContainer(RAFT, [A, IntLiteral(1)]),
    InRange(RAFT, 1, 2),
    IsNull(DimensionField("detector", "nope")),
    IsNull(DimensionField("physical_filter", "band")),
]


@pytest.mark.parametrize("leaf", NOT_KNOWN)
def test_condition_that_may_be_wrong_is_not_known(
    universe: DimensionUniverse, leaf: Any
) -> None:
    with pytest.raises(NotKnownError):
        truth(universe, leaf, "A")


def test_texts_have_an_order_only_if_it_is_that_of_code_points(
    universe: DimensionUniverse,
) -> None:
    reader = ConditionReader(universe.group(["detector"]), has_binary_order=False)
    with pytest.raises(NotKnownError):
        reader.test(Comparison(RAFT, A, "<"))
    assert reader.test(Comparison(RAFT, A, "!=")) is not None
