"""Names, arguments and defaults are those of `lsst.daf.butler`; both clients agree."""

import inspect
from typing import Any

import pytest
from lsst.daf.butler import Butler as StockButler
from lsst.daf.butler import ButlerCollections as StockCollections
from lsst.daf.butler import _exceptions

from butlery import client
from butlery.client.asynchronous import AsyncButlerCollections
from butlery.client.blocking import ButlerCollections

# What only writes, or only a direct Butler has.
_LEFT_OUT = {
    "predict",
    "run",
    "datastore_records",
    "searchPaths",
    "writeable",
    "without_datastore",
    "metrics",
}


def public(kind: type) -> dict[str, Any]:
    return {
        name: member
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def arguments(function: Any) -> list[tuple[str, Any, Any]]:
    return [
        (p.name, p.kind, p.default)
        for p in inspect.signature(function).parameters.values()
        if p.name not in _LEFT_OUT
    ]


_SHARED = [
    (ours, theirs, name)
    for ours, theirs in (
        (client.Butler, StockButler),
        (ButlerCollections, StockCollections),
    )
    for name in sorted(public(ours).keys() & public(theirs).keys() - {"from_config"})
]


@pytest.mark.parametrize(("ours", "theirs", "name"), _SHARED, ids=str)
def test_arguments_are_those_of_daf_butler(ours: type, theirs: type, name: str) -> None:
    expected = arguments(getattr(theirs, name))
    got = arguments(getattr(ours, name))
    assert [each for each in got if each in expected] == expected


@pytest.mark.parametrize(
    ("blocking", "asynchronous"),
    [
        (client.Butler, client.AsyncButler),
        (ButlerCollections, AsyncButlerCollections),
    ],
)
def test_both_clients_have_the_same_methods(blocking: type, asynchronous: type) -> None:
    expected = public(blocking)
    got = public(asynchronous)
    got.pop("open", None)
    for name in ("get_known_repos",):
        expected.pop(name, None)
    assert got.keys() == expected.keys()
    for name, method in got.items():
        assert arguments(method) == arguments(expected[name]), name


@pytest.mark.parametrize(
    "kind", _exceptions._USER_ERROR_TYPES, ids=lambda k: k.__name__
)
def test_errors_are_caught_as_those_of_daf_butler(kind: type[Exception]) -> None:
    ours = getattr(client, kind.__name__)
    builtin = {base for base in kind.__mro__ if base.__module__ == "builtins"}
    assert builtin <= set(ours.__mro__)
    names = {base.__name__ for base in kind.__mro__}
    assert names <= {base.__name__ for base in ours.__mro__}
    assert ours.error_type == kind.error_type  # type: ignore[attr-defined]
