"""What a reader does not see is as absent as if it had never been made."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.cache import EVERYBODY, CollectionCatalog, Sight, Zoning
from butlery.cache.snapshot import Catalog
from butlery.cache.visibility.seen import VisibleCatalog, Zones
from butlery.protocol.collections import CollectionType
from butlery.protocol.errors import MissingCollectionError

NAMES = ["a", "b/1", "u", "u/x", "u/x/1", "u/y/1", "g/x/1", "r/1", "r/2", "u/y/r/1"]
ZONES = [EVERYBODY, "u/x", "u/y", "g/x", "rule 0"]
TERMS = [*NAMES, "*", "u/*", "*/1", "?", "missing", "u/z/1"]
ZONING = Zoning(["r/"])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[VisibleCatalog, CollectionCatalog]:
    """Draw collections as somebody sees them, and only those that they see."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    sight = draw(st.frozensets(st.sampled_from(ZONES)))
    keys = {name: key for key, name in enumerate(names, 10)}
    rows, links = [], []
    for name, key in keys.items():
        type_ = draw(st.sampled_from(CollectionType))
        rows.append((key, name, int(type_), None))
        if type_ is CollectionType.CHAINED:
            below = draw(st.lists(st.sampled_from(names), max_size=4))
            links += [(key, keys[child]) for child in below]
    whole = CollectionCatalog(rows, links)
    seen = {keys[name] for name in names if ZONING.zone(name) in sight}
    only = CollectionCatalog(
        [row for row in rows if row[0] in seen],
        [link for link in links if seen.issuperset(link)],
    )
    return VisibleCatalog(Zones(whole, ZONING), Sight(sight)), only


def outcome(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MissingCollectionError as error:
        return error.detail


def children(catalog: Catalog, name: str) -> Any:
    return outcome(lambda: catalog.get(name).children)


def path(catalog: Catalog, terms: list[str]) -> Any:
    return outcome(lambda: [c.name for c in catalog.search_path(terms)])


def listing(catalog: Catalog, terms: list[str], *, flat: bool, chains: bool) -> Any:
    def ask() -> list[Any]:
        found = catalog.query(
            terms, types=CollectionType, flatten_chains=flat, include_chains=chains
        )
        return [(each.name, each.type, each.children) for each in found]

    return outcome(ask)


@given(pairs(), st.lists(st.sampled_from(TERMS), max_size=4))
def test_others_collections_are_as_if_they_had_never_been_made(
    pair: tuple[VisibleCatalog, CollectionCatalog], terms: list[str]
) -> None:
    seen, only = pair
    assert list(seen.by_name) == list(only.by_name)
    assert len(seen.by_name) == len(only.by_name)
    assert dict(seen.parents) == dict(only.parents)
    assert len(seen.parents) == len(only.parents)
    for name in NAMES:
        assert (name in seen.by_name) == (name in only.by_name)
        assert children(seen, name) == children(only, name)
        assert seen.parents.get(name) == only.parents.get(name)
    assert path(seen, terms) == path(only, terms)
    for flat in (False, True):
        for chains in (False, True):
            ours = listing(seen, terms, flat=flat, chains=chains)
            assert ours == listing(only, terms, flat=flat, chains=chains)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("a", EVERYBODY),
        ("u", EVERYBODY),
        ("ux/y", EVERYBODY),
        ("u/x", "u/x"),
        ("u/x/deep/er", "u/x"),
        ("u//x", "u/"),
        ("g/x/1", "g/x"),
        ("r/1", "rule 0"),
        ("a/u/x", EVERYBODY),
    ],
)
def test_zones_are_those_of_the_convention_and_of_the_rules(
    name: str, zone: str
) -> None:
    assert ZONING.zone(name) == zone


def test_first_rule_that_fits_counts() -> None:
    zoning = Zoning(["u/x/open", "u/x", "u"])
    assert [zoning.zone(n) for n in ("u/x/open/1", "u/x/1", "u/y")] == [
        "rule 0",
        "rule 1",
        "rule 2",
    ]
