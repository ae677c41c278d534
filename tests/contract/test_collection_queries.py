"""Expressions of collections: what they select under each combination of flags."""

from collections.abc import Iterable
from itertools import product
from typing import Any

from lsst.daf.butler import CollectionInfo
from lsst.daf.butler._collection_type import CollectionType

from tests.contract.plain import by_name, plain
from tests.contract.sides import Call, Sides

_TYPES: tuple[set[CollectionType], ...] = (
    set(CollectionType.all()),
    {CollectionType.RUN},
    {CollectionType.CHAINED, CollectionType.CALIBRATION},
    set(),
)
_FLAGS = tuple(
    {
        "flatten_chains": flatten,
        "include_chains": chains,
        "include_parents": bool(number & 1),
        "include_summary": bool(number & 2),
        "include_doc": bool(number & 4),
        "collection_types": types,
    }
    for number in range(8)
    for flatten in (False, True)
    for chains in (None, False, True)
    for types in _TYPES
)


def test_explicit_names_keep_their_order_under_all_flags(sides: Sides) -> None:
    names = _names(sides)
    chains = [name for name in names if name.startswith("chain/")] or names
    expressions = ([names[-1], names[0]], chains[::-1], [*chains, names[0], chains[0]])
    for flags in sides.some(_FLAGS, 5):
        for expression in expressions:
            question = Call("collections.query_info", expression, **flags)
            sides.ask(question, _with_asked_docs if flags["include_doc"] else _no_docs)


def test_globs_select_the_same_set_under_all_flags(sides: Sides) -> None:
    """The order of matches is the database's affair."""
    expressions = ("*", "c*", ["*/*", "nothing*"], ["?uns/[!e]*"], "nothing*")
    for flags in sides.some(_FLAGS, 7):
        then = _with_asked_docs if flags["include_doc"] else _no_docs
        for expression in expressions:
            question = Call("collections.query_info", expression, **flags)
            sides.ask(question, lambda infos, f=then: by_name(f(infos)))  # type: ignore[misc]


def test_glob_matches_come_before_explicit_names(sides: Sides) -> None:
    names = _names(sides)
    for name in (names[0], names[-1]):
        pattern = f"*{names[len(names) // 2][1:]}"
        question = Call("collections.query", [name, pattern])
        sides.ask(question, sorted)
        assert question(sides.remote)[-1] == name


def test_flattened_globs_select_the_same_set(sides: Sides) -> None:
    for expression in ("chain/*", ["chain/o*", "tagged/*"], ["*", "no such name"]):
        for chains in (False, True):
            options = {"flatten_chains": True, "include_chains": chains}
            sides.ask(Call("collections.query", expression, **options), sorted)


def test_summaries_can_be_limited_to_dataset_types(sides: Sides) -> None:
    types = [ref.datasetType.name for ref in sides.one_of_each_type()]
    for chosen in (types[:2], ["no such type"], [types[0], "no such type"], ["*"], []):
        options = {"include_summary": True, "summary_datasets": chosen}
        sides.ask(Call("collections.query_info", "*", **options), by_name)


def test_query_collections_of_the_registry_agrees(sides: Sides) -> None:
    for flatten, chains in product((False, True), (None, False, True)):
        for expression in (..., "chain/*", _names(sides)[:4]):
            options = {"flattenChains": flatten, "includeChains": chains}
            sides.ask(Call("registry.queryCollections", expression, **options), sorted)


def test_unknown_collections_are_the_same_errors(sides: Sides) -> None:
    known = _names(sides)[0]
    for expression in (
        "no/such",
        ["no/such", known, "no/other"],
        ["runs/*", "no/such"],
        "",
    ):
        sides.ask(Call("collections.query", expression))
    sides.ask(Call("collections.get_info", "no/such"))
    sides.ask(Call("registry.getCollectionType", "no/such"))
    for name in ("no/such", "runs/*", "n" * 3000, "a b/ö%2F?&#\u2028"):
        sides.ask(Call("registry.getCollectionSummary", name))


def _with_asked_docs(infos: Iterable[CollectionInfo]) -> list[Any]:
    """DirectButler repeats the children of a chain that it meets twice."""
    answers = [plain(info) for info in infos]
    for answer in answers:
        answer["children"] = list(dict.fromkeys(answer["children"]))
    return answers


def _no_docs(infos: Iterable[CollectionInfo]) -> list[Any]:
    """DirectButler fills in docs that it happens to know; the wire has none."""
    return [answer | {"doc": ""} for answer in _with_asked_docs(infos)]


def _names(sides: Sides) -> list[str]:
    return sorted(sides.direct.collections.query("*"))
