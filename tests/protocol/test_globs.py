"""Globs match what fnmatch matches, and no pattern makes matching slow."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler.utils import globToRegex

from butlery.protocol.errors import BadRequestError
from butlery.protocol.globs import NameExpression, is_glob
from butlery.protocol.limits import MAX_GLOB_CHARACTERS, MAX_GLOBS

PATTERNS = st.text(alphabet="abA/*?[]!-^\\.$|()+\n\u00e9", max_size=10)
NAMES = st.text(alphabet="abA/*?[]!-^\\.$|()+\n\u00e9", max_size=10)


def matches(terms: list[str], name: str) -> bool:
    return NameExpression.parse(terms).matcher()(name)


@given(PATTERNS, NAMES)
def test_glob_matches_as_fnmatch_does(pattern: str, name: str) -> None:
    if is_glob(pattern):
        assert matches([pattern], name) == fnmatchcase(name, pattern)


@given(st.lists(PATTERNS, min_size=1, max_size=3), NAMES)
def test_terms_are_sorted_as_the_stock_server_sorts_them(
    terms: list[str], name: str
) -> None:
    expression, stock = NameExpression.parse(terms), globToRegex(terms)
    assert expression.everything is (stock is ...)
    if stock is ...:
        return
    globs = [term for term in stock if isinstance(term, re.Pattern)]
    assert list(expression.names) == list(
        dict.fromkeys(term for term in stock if isinstance(term, str))
    )
    assert expression.matcher()(name) == any(glob.match(name) for glob in globs)


@given(NAMES, NAMES)
def test_star_matches_across_slashes(left: str, right: str) -> None:
    assert matches(["*/*"], f"{left}/{right}")
    assert matches(["*x"], f"{left}/{right}x")


@pytest.mark.parametrize("term", ["a", "", "a[b", "a]b", "]a[", "a.b", "(a|b)"])
def test_names_are_no_globs(term: str) -> None:
    assert not is_glob(term)
    assert NameExpression.parse([term]).names == (term,)


@pytest.mark.parametrize("term", ["*", "a*", "?", "[ab]", "a[!b]", "[]"])
def test_globs_are_no_names(term: str) -> None:
    assert is_glob(term)
    assert NameExpression.parse([term]).has_globs


def test_lone_star_makes_the_rest_count_for_nothing() -> None:
    expression = NameExpression.parse(["name", "*", "glob*"])
    assert expression == NameExpression.parse(["*"])
    assert expression.matcher()("anything at all")


def test_names_and_globs_keep_their_order_and_count_once() -> None:
    expression = NameExpression.parse(["b", "x*", "a", "b", "w*", "x*"])
    assert expression.names == ("b", "a")
    assert expression.globs == ("x*", "w*")


# With backtracking, each of these would take more steps than there are atoms: the
# number of ways to share a name out among the stars. That the test ends is the proof.
HOSTILE = [
    ("*a" * 300 + "b", "a" * 3000),
    ("*" * 999 + "b", "a" * 3000),
    ("*a*" * 300 + "[b]", "a" * 3000),
    ("?*" * 499 + "b", "a" * 2000),
    ("*[ab]" * 199 + "c", "ab" * 1500),
    ("a*" * 300 + "b", "a" * 3000 + "c"),
    ("a*" * 499 + "b", "a" * 1_000_000),
    ("*?a" * 300 + "b", "a" * 3000),
]


@pytest.mark.parametrize(("pattern", "name"), HOSTILE, ids=lambda text: text[:6])
def test_hostile_pattern_is_answered(pattern: str, name: str) -> None:
    assert not matches([pattern], name)


def test_glob_is_told_from_a_name_in_one_pass() -> None:
    # With one for each bracket that is opened this would take days.
    assert not is_glob("[" * 10_000_000)
    assert not is_glob("[\n" * 5_000_000)
    assert is_glob("[" * 10_000_000 + "]")


def test_globs_may_be_so_many_and_so_long() -> None:
    longest = "x" * (MAX_GLOB_CHARACTERS - 1) + "*"
    assert NameExpression.parse([longest]).globs == (longest,)
    with pytest.raises(BadRequestError, match=str(MAX_GLOB_CHARACTERS)):
        NameExpression.parse(["x" + longest])
    with pytest.raises(BadRequestError, match=str(MAX_GLOBS)):
        NameExpression.parse([f"{n}*" for n in range(MAX_GLOBS + 1)])
