"""Expressions made at random: such that have a meaning, and heaps of words."""

from hypothesis import strategies as st

_INTS = ("visit", "detector", "seq_num", "visit.day_obs", "exposure.seq_num", "htm7")
_FLOATS = ("visit.zenith_angle", "exposure_time", "exposure.dark_time")
_STRINGS = (
    "instrument",
    "visit.name",
    "detector.raft",
    "full_name",
    "band",
    "calexp.run",
)
_TIMES = ("visit.timespan.begin", "exposure.timespan.end", "day_obs.timespan.begin")
_SPANS = ("visit.timespan", "calexp.timespan", "exposure.timespan")
_REGIONS = (
    "visit.region",
    "visit_detector_region.region",
    "patch.region",
    "htm9.region",
)
_BOOLEANS = ("exposure.can_see_sky", "exposure.has_simulated")
_IDS = ("dataset_id", "calexp.dataset_id")

BIND = {"i": 7, "f": 0.5, "s": "text", "several": [1, 2], "names": {"a"}}

_small = st.integers(-99, 99).map(str)
_digits = st.integers(0, 99).map(str)
_texts = st.text("abc*? .", max_size=4).map("'{}'".format)


def _one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def _joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(" ".join)


def _listed(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=3).map(", ".join)


_ints = st.recursive(
    _digits | _one_of(*_INTS, "i", ":i"),
    lambda inner: st.one_of(
        _joined(inner, _one_of("+", "-", "*", "/", "%"), inner),
        _joined(_one_of("+", "-"), inner),
        _joined("(", inner, ")"),
    ),
    max_leaves=4,
)
_floats = _one_of(*_FLOATS, "1.5", ".5", "2.", "1e3", "1.5E-2", ":f", "- f", "f * 2.5")
_strings = _texts | _one_of(*_STRINGS, ":s")
_moments = st.one_of(
    st.datetimes().map(
        lambda t: f"T'{t.replace(year=1972 + t.year % 120).isoformat()}'"
    )
    | _one_of("t'60000.25'", "T'2020:100'", "T'unix/1600000000.5'", "T'2020-01-01/tt'")
)
_spans = _one_of(*_SPANS) | _joined(
    "(", _moments | _one_of("null"), ",", _moments | _one_of("NULL"), ")"
)
_degrees = st.integers(-80, 80).map(str) | _one_of("0.25", "- 10.5", ":i", "f")
_shapes = st.one_of(
    _joined("POINT (", _degrees, ",", _degrees, ")"),
    _joined("circle(", _degrees, ",", _degrees, ", 0.5 )"),
    _joined("BOX(", _degrees, ",", _degrees, ", 1, 2.5)"),
    _one_of("POLYGON(0, 0, 0, 1, 1, 1)", "region('CIRCLE 10 20 1')"),
)
_equal = _one_of("=", "!=")
_compare = _one_of("=", "!=", "<", "<=", ">", ">=")
_in = _one_of("IN", "in", "NOT IN", "not in")
_ranges = st.tuples(st.integers(-9, 9), st.integers(0, 20), st.integers(1, 9)).map(
    lambda r: f"{r[0]}..{r[0] + r[1]}" + (f":{r[2]}" if r[2] > 1 else "")
)

_conditions = st.one_of(
    _joined(_ints, _compare, _ints | _floats),
    _joined(_floats, _compare, _floats | _ints),
    _joined(_strings, _compare, _strings),
    _joined(_one_of(*_TIMES) | _moments, _compare, _moments | _one_of(*_TIMES)),
    _joined(_one_of("ingest_date"), _compare, _moments),
    _joined(_spans, _one_of("OVERLAPS", "overlaps"), _spans | _moments),
    _joined(_spans, _equal, _spans),
    _joined(_one_of(*_REGIONS), "OVERLAPS", _shapes | _one_of(*_REGIONS)),
    _joined(_shapes, "overlaps", _one_of(*_REGIONS)),
    _joined(_ints, _in, "(", _listed(_small | _ranges | _one_of("several", ":i")), ")"),
    _joined(
        _strings, _in, "(", _listed(_texts | _one_of("names", "band", "null")), ")"
    ),
    _joined(_one_of(*_IDS), _equal, "UUID('123e4567-e89b-12d3-a456-426614174000')"),
    _joined(_one_of(*_INTS, *_BOOLEANS, *_SPANS, *_REGIONS), _equal, _one_of("NULL")),
    _joined("glob(", _one_of(*_STRINGS), ",", _texts, ")"),
    _one_of(*_BOOLEANS),
)

expressions = st.recursive(
    _conditions,
    lambda inner: st.one_of(
        _joined(inner, _one_of("AND", "and", "OR", "Or"), inner),
        _joined(_one_of("NOT", "not"), inner),
        _joined("(", inner, ")"),
    ),
    max_leaves=6,
)

_words = _one_of(
    *("detector", "1", "2.5", "'a'", "1..5", ":i", "several", "visit.name", "raft"),
    *("NULL", "T'2020-01-01'", "exposure.can_see_sky", "POINT", "glob", "UUID", "()"),
    *("AND", "OR", "NOT", "IN", "OVERLAPS", "(", ")", ",", "=", "!=", "<", "-", "+"),
    *("*", "..", "@", "'", ":", "", "visit IN (1, 2)", "AND detector = 1"),
)


def _spoilt(parts: tuple[str, int, int, str]) -> str:
    """Put another word between or instead of those of an expression."""
    expression, place, count, word = parts
    words = expression.split(" ")
    place %= len(words)
    return " ".join([*words[:place], word, *words[place + count :]])


spoilt_expressions = st.tuples(
    expressions, st.integers(0, 20), st.integers(0, 2), _words
).map(_spoilt)
