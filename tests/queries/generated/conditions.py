"""Random ``where`` expressions over the stage, right ones and some that are wrong."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from astropy.time import Time, TimeDelta
from lsst.daf.butler import Timespan

from .sky import FIRST_NIGHT, NIGHTS, box, night

Bind = dict[str, Any]
Term = Callable[[random.Random, Bind], str]


def _time(chance: random.Random) -> Time:
    hours = chance.randrange(24 * NIGHTS)
    return FIRST_NIGHT + TimeDelta(3600.0 * hours, format="sec", scale="tai")


def _literal(chance: random.Random) -> str:
    return f"T'{_time(chance).isot}'"


def _span(chance: random.Random, bind: Bind) -> str:
    begin, end = sorted((_time(chance), _time(chance)))
    match chance.randrange(4):
        case 0:
            return f"(T'{begin.isot}', T'{end.isot}')"
        case 1:
            return f"(null, T'{end.isot}')"
        case 2:
            return f"(T'{begin.isot}', null)"
        case _:
            return _bound(bind, Timespan(begin, end if end > begin else None))


def _region(chance: random.Random, bind: Bind) -> str:
    ra, dec = 10 + chance.random() * 3.5, chance.random() * 1.2
    size = 0.05 + chance.random() * 0.6
    match chance.randrange(5):
        case 0:
            return f"POINT({ra:.3f}, {dec:.3f})"
        case 1:
            return f"CIRCLE({ra:.3f}, {dec:.3f}, {size:.3f})"
        case 2:
            return f"BOX({ra:.3f}, {dec:.3f}, {size:.3f}, {size:.3f})"
        case 3:
            return f"REGION('CIRCLE {ra:.3f} {dec:.3f} {size:.3f}')"
        case _:
            return _bound(bind, box(ra, dec, size, size))


def _bound(bind: Bind, value: Any) -> str:
    name = f"b{len(bind)}"
    bind[name] = value
    return f":{name}"


def _number(column: str, low: int, high: int) -> Term:
    def term(chance: random.Random, bind: Bind) -> str:
        first = chance.randint(low, high)
        second = chance.randint(first, high)
        texts = (
            f"{column} IN ({first}..{second})",
            f"{column} NOT IN ({first}, {second})",
            f"{column} IN ({first}..{second}:2, {low})",
            f"{column} % 2 = {first % 2}",
            f"{first} <= {column}",
        )
        number = chance.randrange(len(texts) + 2)
        if number < len(texts):
            return texts[number]
        if number == len(texts):
            return f"{column} IN ({_bound(bind, [first, second])})"
        operator = chance.choice(("=", "!=", "<", ">=", ">"))
        return f"{column} {operator} {_bound(bind, first)}"

    return term


def _text(column: str, *values: str) -> Term:
    def term(chance: random.Random, bind: Bind) -> str:
        value = chance.choice(values)
        match chance.randrange(5):
            case 0:
                return f"{column} IN ('{value}', '{chance.choice(values)}')"
            case 1:
                return f"glob({column}, '*{value[1:]}')"
            case 2:
                return f"{column} != {_bound(bind, value)}"
            case 3:
                return f"{column} >= '{value}'"
            case _:
                return f"{column} = '{value}'"

    return term


def _null(column: str) -> Term:
    return lambda chance, _: f"{column} {chance.choice(('=', '!='))} NULL"


def _flag(column: str) -> Term:
    return lambda chance, _: column if chance.random() < 0.5 else f"NOT {column}"


def _moment(column: str) -> Term:
    def term(chance: random.Random, _: Bind) -> str:
        field = chance.choice(("begin", "end"))
        return f"{column}.{field} {chance.choice('<>')} {_literal(chance)}"

    return term


def _overlap(column: str, of: Callable[[random.Random, Bind], str]) -> Term:
    def term(chance: random.Random, bind: Bind) -> str:
        return f"{column} OVERLAPS {of(chance, bind)}"

    return term


def _columns(text: str) -> Term:
    return lambda _, __: text


# Terms by the dimension that a query must have for them.
TERMS: Mapping[str, Sequence[Term]] = {
    "instrument": [_text("instrument", "CamA", "CamB"), _null("instrument.visit_max")],
    "detector": [
        _number("detector", 0, 4),
        _text("detector.purpose", "SCIENCE", "GUIDER"),
        _text("detector.full_name", "D0_A", "D1_A", "D2_B"),
        _null("detector.name_in_raft"),
    ],
    "physical_filter": [_text("physical_filter", "A-g", "A-r", "A-i2", "B-g")],
    "band": [_text("band", "g", "r", "i")],
    "day_obs": [
        _number("day_obs", night(0), night(NIGHTS)),
        _overlap("day_obs.timespan", _span),
    ],
    "exposure": [
        _number("exposure", 99, 113),
        _number("exposure.seq_num", 0, 12),
        _text("exposure.observation_type", "science", "dark"),
        _null("exposure.observation_reason"),
        _null("exposure.can_see_sky"),
        _flag("exposure.has_simulated"),
        _flag("exposure.can_see_sky"),
        _moment("exposure.timespan"),
        _overlap("exposure.timespan", _span),
        _columns("exposure.exposure_time * 2.0 > 45.5"),
    ],
    "visit": [
        _number("visit", 99, 113),
        _text("visit.name", "CamA 1", "CamA 4", "CamB 2"),
        _text("visit.target_name", "field1", "field2"),
        _null("visit.target_name"),
        _moment("visit.timespan"),
        _overlap("visit.timespan", _span),
        _columns("visit.exposure_time - 10.0 > 5.5"),
        _columns("visit.zenith_angle < visit.exposure_time"),
    ],
    "tract": [_number("tract", 0, 3)],
    "patch": [
        _number("patch", 0, 4),
        _number("patch.cell_x", 0, 1),
        _columns("patch.cell_x != patch.cell_y"),
    ],
}
# Not to be put under OR or NOT.
SPATIAL: Mapping[str, Term] = {
    "visit": _overlap("visit.region", _region),
    "tract": _overlap("tract.region", _region),
    "patch": _overlap("patch.region", _region),
}
WRONG: Sequence[str] = (
    "foo.bar = 3",
    "detector = 'x'",
    "detector = ",
    "visit.nonsense > 2",
    "detector = :unbound",
    "visit.timespan < 3",
    "band IN (1..2)",
    "visit = 1 AND (visit = 2",
    "instrument = 'CamA' AND instrument = 'CamB'",
    "POINT(1, 2) OVERLAPS POINT(1, 2)",
    "visit.region OVERLAPS visit.timespan",
    "visit.timespan OVERLAPS day_obs.timespan",
    "visit > 101 OR visit.region OVERLAPS POINT(10.5, 0.5)",
    "exposure.exposure_time * 2 > 45.5",
)


def dataset_terms(name: str) -> Sequence[Term]:
    """Return terms about the datasets that are searched for."""
    return (
        _columns(f"{name}.ingest_date > T'2020-01-01'"),
        _columns(f"{name}.ingest_date < T'2020-01-01'"),
        _text(f"{name}.run", "run/a", "run/b"),
        _text(f"{name}.collection", "run/a", "tag/x", "calib/x"),
        _overlap(f"{name}.timespan", _span),
    )


def condition(
    chance: random.Random, terms: Sequence[Term], bind: Bind, depth: int = 2
) -> str:
    """Return an expression of some of these terms; what it binds goes to `bind`."""
    if depth == 0 or chance.random() < 0.35:
        return chance.choice(terms)(chance, bind)
    if chance.random() < 0.15:
        return f"NOT ({condition(chance, terms, bind, depth - 1)})"
    parts = [
        condition(chance, terms, bind, depth - 1) for _ in range(chance.choice((2, 3)))
    ]
    return f"({chance.choice((' AND ', ' OR ')).join(parts)})"
