"""Numbers that tell workers whether what they have kept is old."""

from dataclasses import dataclass
from typing import Any

from butlery.cache import Snapshot
from butlery.server.queries.editions import Editions


@dataclass
class _Contents:
    schema: object


@dataclass
class _Snapshot:
    contents: _Contents
    definitions: object


def snapshot(schema: object, definitions: object) -> Snapshot:
    made: Any = _Snapshot(_Contents(schema), definitions)
    return made  # type: ignore[no-any-return]


def test_what_did_not_change_keeps_its_numbers() -> None:
    editions, schema, definitions = Editions(), object(), object()
    first = editions.of("a", snapshot(schema, definitions))
    assert editions.of("a", snapshot(schema, definitions)) == first
    same, later = editions.of("a", snapshot(schema, object()))
    assert same == first[0]
    assert later > first[1]


def test_change_is_newer_than_all_that_was_known_under_any_label() -> None:
    """Two labels may be one repository, which a worker has open once."""
    editions, schema = Editions(), object()
    known = [editions.of("a", snapshot(schema, object()))[1] for _ in range(5)]
    editions.of("b", snapshot(schema, object()))
    assert editions.of("b", snapshot(schema, object()))[1] > max(known)
