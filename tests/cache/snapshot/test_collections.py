"""Collections are listed and searched in the order that the protocol demands."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.cache import CollectionCatalog
from butlery.protocol.collections import CollectionType
from butlery.protocol.errors import MissingCollectionError
from tests.cache.snapshot.catalog_model import CHAINED, ModelCatalog, ModelCollection

NAMES = ["a", "b", "a/1", "a/2", "b/1", "[x]", "c*"]
TERMS = [*NAMES, "*", "a*", "?", "?/1", "[ab]", "[!a]*", "*/*", "z*", "missing", "[x"]


@st.composite
def catalogs(draw: st.DrawFn) -> tuple[CollectionCatalog, ModelCatalog]:
    """Draw the same collections twice; chains may hold each other, even themselves."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    types = [draw(st.sampled_from(CollectionType)) for _ in names]
    children = [
        draw(st.lists(st.sampled_from(names), max_size=4)) if type_ == CHAINED else []
        for type_ in types
    ]
    keys = {name: key for key, name in enumerate(names, 10)}
    ours = CollectionCatalog(
        [(keys[n], n, int(t), None) for n, t in zip(names, types, strict=True)],
        [
            (keys[name], keys[child])
            for name, below in zip(names, children, strict=True)
            for child in below
        ],
    )
    rows = zip(names, types, children, strict=True)
    model = ModelCatalog([ModelCollection(n, int(t), tuple(b)) for n, t, b in rows])
    return ours, model


TERM_LISTS = st.lists(st.sampled_from(TERMS), max_size=4)


def names_of(collections: Sequence[Any]) -> list[str]:
    return [collection.name for collection in collections]


def outcome(listing: Callable[[], list[str]]) -> list[str] | str:
    """Return what is listed, or the sentence about names that are missing."""
    try:
        return listing()
    except MissingCollectionError as error:
        return error.detail
    except KeyError as error:  # the model's
        names = error.args
    if len(names) == 1:
        return f"No collection with name '{names[0]}' found."
    return f"No collections with names '{' '.join(names)}' found."


@given(catalogs(), TERM_LISTS)
def test_search_path_is_that_of_the_model(
    catalog: tuple[CollectionCatalog, ModelCatalog], terms: list[str]
) -> None:
    ours, model = catalog
    expected = outcome(lambda: model.search_path(terms))
    assert outcome(lambda: names_of(ours.search_path(terms))) == expected


@given(
    catalogs(),
    TERM_LISTS,
    st.sets(st.sampled_from(CollectionType)),
    st.booleans(),
    st.booleans(),
)
def test_query_lists_what_the_model_lists(
    catalog: tuple[CollectionCatalog, ModelCatalog],
    terms: list[str],
    types: set[CollectionType],
    flatten: bool,  # noqa: FBT001 - drawn
    chains: bool,  # noqa: FBT001 - drawn
) -> None:
    ours, model = catalog
    options: dict[str, bool] = {"flatten_chains": flatten, "include_chains": chains}
    expected = outcome(lambda: model.query(terms, types, **options))
    listed = outcome(lambda: names_of(ours.query(terms, types=types, **options)))
    assert listed == expected


@given(catalogs())
def test_parents_are_the_chains_that_directly_hold_a_collection(
    catalog: tuple[CollectionCatalog, ModelCatalog],
) -> None:
    ours, model = catalog
    for name in model.by_name:
        assert list(ours.parents.get(name, ())) == model.parents(name)


@given(catalogs(), TERM_LISTS)
def test_flattened_collections_appear_once(
    catalog: tuple[CollectionCatalog, ModelCatalog], terms: list[str]
) -> None:
    ours, model = catalog
    names = [term for term in terms if term in model.by_name]
    flat = names_of(list(ours.flatten(names)))
    assert flat == model.flatten(names)
    assert len(flat) == len(set(flat))


@pytest.fixture(scope="module")
def example() -> CollectionCatalog:
    """The collections of the protocol's examples."""
    rows = [
        (1, "imported_g", 1, None),
        (2, "imported_r", 1, ""),
        (3, "chain/inner", 3, "doc"),
        (4, "chain/outer", 3, None),
        (5, "tagged", 2, None),
    ]
    return CollectionCatalog(rows, [(3, 2), (4, 1), (4, 3)])


ALL = tuple(CollectionType)


@pytest.mark.parametrize(
    ("terms", "flatten", "chains", "listed"),
    [
        (
            ["imported_r", "chain/outer", "imp*"],
            False,
            True,
            ["imported_g", "imported_r", "chain/outer"],
        ),
        (["ch*", "tagged"], True, False, ["tagged", "imported_r", "imported_g"]),
        (["chain/outer"], True, False, ["imported_g", "imported_r"]),
        (["chain/outer"], False, True, ["chain/outer"]),
        (["chain/outer"], False, False, []),
        (
            ["*", "nowhere"],
            True,
            True,
            ["imported_g", "imported_r", "tagged", "chain/inner", "chain/outer"],
        ),
        (["nothing*"], False, True, []),
        ([], True, True, []),
    ],
)
def test_examples_of_the_protocol(
    example: CollectionCatalog,
    terms: list[str],
    *,
    flatten: bool,
    chains: bool,
    listed: list[str],
) -> None:
    found = example.query(
        terms, types=ALL, flatten_chains=flatten, include_chains=chains
    )
    assert names_of(found) == listed


def test_one_unknown_name_fails_a_search_that_would_succeed(
    example: CollectionCatalog,
) -> None:
    assert names_of(example.search_path(["chain/outer"])) == [
        "imported_g",
        "imported_r",
    ]
    with pytest.raises(MissingCollectionError, match="'a b'"):
        example.search_path(["imported_g", "a", "imp*", "b"])


def test_chain_of_many_thousand_links_is_flattened() -> None:
    depth = 20_000
    rows = [(n, f"c{n}", 3, None) for n in range(depth)]
    catalog = CollectionCatalog(
        [*rows, (depth, "run", 1, None)], [(n, n + 1) for n in range(depth)]
    )
    assert names_of(catalog.search_path(["c0"])) == ["run"]
