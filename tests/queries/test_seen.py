"""Butlers of sights: what they see of a repository in which there is more."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler import Butler, MissingCollectionError
from lsst.daf.butler.direct_butler import DirectButler

from butlery.cache import EVERYBODY, Embargo, Zoning
from butlery.protocol.query_sight import NameTerm, QuerySight
from butlery.protocol.query_work import QueryWork
from butlery.queries.butlers import Butlers
from butlery.queries.seen import check_names, see
from butlery.queries.seen.errors import NotCutError
from tests.support.repositories import RepositoryShelf

FIRST, SECOND = "runs/first", "runs/second"
ALL = NameTerm("", is_whole=False, is_seen=True)
EVERY_NIGHT = Embargo((SECOND,), ("raw", "night*", "vis*"), (), 20000101)
_NAMES = st.text("ugabr/", max_size=9)


@pytest.fixture(scope="module")
def root(repositories: RepositoryShelf) -> Path:
    return repositories.get("spatial")


@pytest.fixture(scope="module")
def whole(root: Path) -> Iterator[DirectButler]:
    with Butler.from_config(str(root), without_datastore=True) as butler:
        assert isinstance(butler, DirectButler)
        yield butler


def runs(butler: Butler, kind: str, **options: Any) -> set[str]:
    options = {"find_first": False, "explain": False, **options}
    return {ref.run for ref in butler.query_datasets(kind, [FIRST, SECOND], **options)}


def test_datasets_of_closed_nights_are_seen_in_other_runs(whole: DirectButler) -> None:
    seen = see(whole, QuerySight((ALL,), (EVERY_NIGHT,)))
    for kind in ("raw", "night_report", "visit_summary", "visit_pair"):
        assert runs(whole, kind) == {FIRST, SECOND}
        assert runs(seen, kind) == {FIRST}
        assert runs(seen, kind, with_dimension_records=True) == {FIRST}
    assert runs(seen, "calexp") == {FIRST, SECOND}  # no embargo is about the type
    for element in ("visit", "exposure", "day_obs", "visit_detector_region"):
        assert whole.query_dimension_records(element)
        assert not seen.query_dimension_records(element, explain=False)
    assert seen.query_dimension_records("detector")


def test_records_of_a_seen_dataset_are_those_of_its_data_id(
    whole: DirectButler,
) -> None:
    seen = see(whole, QuerySight((ALL,), (EVERY_NIGHT,)))
    with whole.query() as everything, seen.query() as query:
        joined = query.join_dataset_search("visit_summary", [FIRST, SECOND])
        expected = everything.join_dataset_search("visit_summary", FIRST)
        rows = [repr(row) for row in joined.dimension_records("visit")]
        assert sorted(rows) == sorted(map(repr, expected.dimension_records("visit")))
        assert rows
        # What only belongs to the same night is of no data ID of theirs.
        assert not list(joined.join_dimensions(["exposure"]).data_ids(["exposure"]))
        kept = joined.materialize()
        assert sorted(map(repr, kept.dimension_records("visit"))) == sorted(rows)
        assert not list(kept.join_dimensions(["exposure"]).data_ids(["exposure"]))


def test_an_embargo_is_about_some_instruments(whole: DirectButler) -> None:
    for instruments, expected in ((("Cam9",), {FIRST, SECOND}), (("Cam1",), {FIRST})):
        embargo = Embargo((SECOND,), ("*",), instruments, 20000101)
        seen = see(whole, QuerySight((ALL,), (embargo,)))
        assert runs(seen, "raw") == expected
        found = seen.query_dimension_records("visit", explain=False)
        assert bool(found) == (SECOND in expected)


def test_sights_share_nothing_that_was_read(root: Path) -> None:
    butlers = Butlers()
    hidden = QuerySight((NameTerm(FIRST, is_whole=True, is_seen=False), ALL))
    for sight in (None, hidden, None, QuerySight((ALL,)), hidden):
        work = QueryWork(str(root), "any", b"", 1, 1, 1, 1, sight)
        butler = butlers.get(work)
        assert butlers.get(work) is butler
        with butler.registry.caching_context():
            if sight != hidden:
                assert FIRST in butler.collections.query("*")
                continue
            assert FIRST not in butler.collections.query("*")
            assert FIRST not in butler.collections.get_info("chain/outer").children
            with pytest.raises(MissingCollectionError):
                butler.query_datasets("bias", FIRST)


def test_copy_of_a_butler_that_is_cut_is_not_made(whole: DirectButler) -> None:
    with pytest.raises(NotCutError):
        see(whole, QuerySight((ALL,))).clone()


def test_row_that_names_a_hidden_collection_is_not_sent() -> None:
    sight = QuerySight((NameTerm("u/", is_whole=False, is_seen=False), ALL))
    check_names(sight, ["a", "b"])
    check_names(None, ["u/x"])
    with pytest.raises(NotCutError):
        check_names(sight, ["a", "u/x"])


@given(
    st.lists(_NAMES, max_size=3),
    st.sets(st.sampled_from([EVERYBODY, "u/a", "u/", "g/b", "g/a/b", "rule 0"])),
    _NAMES,
)
def test_terms_say_what_zones_say(
    prefixes: list[str], zones: set[str], name: str
) -> None:
    zoning = Zoning(prefixes)
    sight = QuerySight(tuple(zoning.terms(zones)))
    assert sight.sees(name) == (zoning.zone(name) in zones)


@given(st.text("ab*?[]!", max_size=6), st.text("ab*?[]!", max_size=6))
def test_types_are_covered_as_globs_say(glob: str, name: str) -> None:
    embargo = Embargo(("x",), (glob,), (), 1)
    assert embargo.covers_type(name) == fnmatchcase(name, glob)
