"""Errors point at what is wrong, and say what to do; depth and length do no harm."""

import subprocess
import sys
from typing import Any

import pytest
from lsst.daf.butler import DimensionConfig

from butlery.client.errors import DimensionNameError, InvalidQueryError
from butlery.client.universe import Universe
from butlery.client.where import Names, condition, literal, order_terms

_universe = Universe.from_wire(
    DimensionConfig().to_simple().model_dump(mode="json", by_alias=True)
)


def _names(**bind: Any) -> Names:
    group = _universe.group(["visit", "detector"])
    return Names(_universe, group, frozenset({"calexp"}), bind)


@pytest.mark.parametrize(
    ("where", "part", "position", "remedy"),
    [
        ("detector = 1 AND", "the end", 17, "Expected a value or a column"),
        ("detector = 1 visit", "'visit'", 14, "Expected AND, OR or the end"),
        ("detector IN (1, (2))", "'('", 17, "Expected a literal or a bind name"),
        ("detector = 1 OR visit", "'visit'", 17, "is int and no condition"),
        ("visit = 1 AND detector = 'a'", "\"detector = 'a'\"", 15, "int with string"),
        ("NOT nothing = 1", "'nothing'", 5, "Unknown name 'nothing'"),
        ("id = 1", "'id'", 1, r"write one of day_obs.id, detector.id, visit.id"),
        ("visit.nothing = 1", "'visit.nothing'", 1, "visit has no 'nothing'; it has"),
        ("calexp.id = 1", "'calexp.id'", 1, "no 'id', but dataset_id, ingest_date"),
        ("detector = :d", "':d'", 12, "'d' is not in bind"),
        ("detector = several", "'several'", 12, r"only in IN \("),
        ("detector = wrong", "'wrong'", 12, "None is a NoneType"),
        ("detector < NULL", "'detector < NULL'", 1, "write = NULL"),
        ("visit.timespan OVERLAPS T'x'", "\"T'x'\"", 25, "'x' is no time; write 2025"),
        ("detector = 1e999", "'1e999'", 12, "inf is not in any column"),
        ("detector = 1" + 20 * "0", "'1" + 20 * "0", 12, "too large"),
        ("visit.region OVERLAPS CIRCLE(1)", "'CIRCLE(1)'", 23, "CIRCLE.ra, dec, rad"),
        ("visit.region OVERLAPS X(1)", "'X(1)'", 23, "there are POINT, CIRCLE, BOX"),
        ("glob(visit.name, raft)", "'glob(visit.name, raft)'", 1, "Write glob"),
        ("detector IN (1..1" + 20 * "0" + ")", "'1..10000", 14, "too large"),
        ("visit.region OVERLAPS POINT(1, 95)", "'POINT(1, 95)'", 23, "latitude"),
        ("detector IN (5..1)", "'5..1'", 14, "end before it begins"),
    ],
)
def test_an_error_points_at_what_is_wrong(
    where: str, part: str, position: int, remedy: str
) -> None:
    with pytest.raises(InvalidQueryError, match=remedy) as caught:
        condition(_names(several=[1, 2], wrong=None), where, {})
    assert f"(at {part}" in str(caught.value)
    assert f"position {position} of the expression" in str(caught.value)
    assert caught.value.error_type == "invalid_query"


@pytest.mark.parametrize(
    ("data_id", "remedy"),
    [
        (
            {"detector": "a"},
            "Data ID detector='a': '==' cannot compare int with string",
        ),
        ({"detector": None}, "Data ID detector=None: None is a NoneType"),
        ({"instrument": [1]}, r"Data ID instrument=\[1\]: "),
    ],
)
def test_an_error_names_the_value_of_a_data_id(
    data_id: dict[str, Any], remedy: str
) -> None:
    with pytest.raises(InvalidQueryError, match=remedy):
        condition(_names(), "", data_id)


@pytest.mark.parametrize("key", ["nothing", "exposure.seq_num", "seq_num"])
def test_keys_of_a_data_id_are_dimensions(key: str) -> None:
    with pytest.raises(DimensionNameError, match=f"No dimension is called '{key}'"):
        condition(_names(), "", {key: 5})


@pytest.mark.parametrize(
    ("order_by", "remedy"),
    [
        ("", "order_by '': Unknown name ''"),
        ("id", "order_by 'id': Ambiguous name 'id'; write one of"),
        (
            "visit.region",
            "order_by 'visit.region': Columns of type region have no order",
        ),
        (
            ["visit", "-tract"],
            "'-tract' is not part of the results; sort by columns of ",
        ),
        ("bias.run", "'bias.run' is not part of the results"),
    ],
)
def test_an_error_names_the_term_that_cannot_be_sorted_by(
    order_by: str | list[str], remedy: str
) -> None:
    with pytest.raises(InvalidQueryError, match=remedy):
        order_terms(_names(), order_by)


@pytest.mark.parametrize("where", ["(" * 5_000 + "detector=1", "NOT " * 5_000])
def test_an_expression_of_any_depth_is_refused_and_breaks_nothing(where: str) -> None:
    with pytest.raises(InvalidQueryError, match="nested too deeply"):
        condition(_names(), where, {})


def test_a_chain_of_any_length_is_understood() -> None:
    where = " OR ".join(f"detector = {n}" for n in range(5_000))
    [clause] = condition(_names(), where, {}).clauses
    assert len(clause) == 5_000


def test_an_expression_that_would_explode_is_refused() -> None:
    where = " OR ".join(["(visit = 1 AND detector = 2)"] * 30)
    with pytest.raises(InvalidQueryError, match="ask in several queries"):
        condition(_names(), where, {})


def test_what_a_query_must_have_is_told() -> None:
    predicate = condition(_names(), "tract = 1 AND calexp.run = 'a'", {"band": "r"})
    assert predicate.dimensions == {"tract", "band"}
    assert predicate.datasets == {"calexp"}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, float("nan"), {}, 1j, None])
def test_what_no_column_holds_is_no_literal(value: object) -> None:
    with pytest.raises(ValueError, match="column"):
        literal(value)


def test_nothing_heavy_is_imported_for_plain_conditions() -> None:
    program = """
import sys
from butlery.client.queries import Selection
from butlery.client.where import literal, times
literal("a"), literal(5), times.of_text("2020-01-01")
heavy = {"lsst", "numpy", "astropy", "pydantic", "asyncio", "logging"}
print(heavy & sys.modules.keys())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
