"""Expressions made at random mean what they mean to the stock client."""

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from lsst.daf.butler import DimensionUniverse
from lsst.daf.butler.queries.convert_args import convert_where_args

from butlery.client.errors import InvalidQueryError
from butlery.client.universe import Universe
from butlery.client.where import Names, condition
from butlery.protocol.scalars import encode_json
from tests.client.where.expressions import BIND, expressions, spoilt_expressions

_DIMENSIONS = ("visit", "detector")
_DATASETS = frozenset({"calexp"})

_stock = DimensionUniverse()
_universe = Universe.from_wire(
    _stock.dimensionConfig.to_simple().model_dump(mode="json", by_alias=True)
)
_names = Names(_universe, _universe.group(_DIMENSIONS), _DATASETS, BIND)


def _theirs(where: str) -> Any:
    group = _stock.conform(_DIMENSIONS)
    predicate = convert_where_args(group, _DATASETS, where, bind=BIND)
    return json.loads(predicate.model_dump_json())


def _ours(where: str) -> Any:
    return json.loads(encode_json(condition(_names, where, {}).wire))


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_an_expression_becomes_the_stock_predicate(where: str) -> None:
    assert _ours(where) == _theirs(where)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt_expressions)
def test_a_spoilt_expression_has_a_meaning_for_both_or_for_neither(where: str) -> None:
    try:
        expected = _theirs(where)
    except Exception:  # noqa: BLE001 - of all kinds, assertions among them
        expected = None
    try:
        found = _ours(where)
    except InvalidQueryError:
        found = None
    assert found == expected


@settings(max_examples=100)
@given(expressions, expressions)
def test_what_a_query_must_have_is_what_its_parts_must(a: str, b: str) -> None:
    both = condition(_names, f"({a}) AND ({b})", {})
    assume(both.clauses)
    parts = [condition(_names, each, {}) for each in (a, b)]
    assert both.dimensions == parts[0].dimensions | parts[1].dimensions
    assert both.datasets == parts[0].datasets | parts[1].datasets
