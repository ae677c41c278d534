"""Users whose collections change all the time, written by SQL: Butlers are too slow.

A user has a RUN, a TAGGED collection and a chain of both. The RUN holds one dataset
or none, always with the same UUID; the tag is one of some released datasets, or none.
Each change makes the chain give another answer than before, or none.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID, uuid5

import psycopg

from .timeline import Timeline

TYPE = "unused"
_RUN, _TAGGED, _CHAINED = 1, 2, 3
_DETECTORS, _RELEASES = 4, 8
_RECHAIN_WEIGHT = 0.05  # a chain is edited once, and filled many times
_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_LSN = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"


class Kind(Enum):
    """What is asked."""

    CHAIN = "what a search of the chain finds"
    RUN = "what a search of the RUN finds"
    ID = "whether there is a dataset of a UUID"


@dataclass(frozen=True, slots=True)
class Subject:
    """A question about one user; an answer is a UUID or `None`."""

    kind: Kind
    collection: str
    detector: int
    id: str
    timeline: Timeline

    @property
    def data_id(self) -> dict[str, int | str]:
        return {"instrument": "Cam1", "detector": self.detector}


@dataclass(slots=True)
class User:
    """One user, and what is known about them."""

    number: int
    keys: tuple[int, int, int]
    """Of RUN, tag and chain."""
    holds: str | None = None
    tag: str | None = None
    run_first: bool = True
    release: int = 0
    changed_at: float = float("-inf")
    subjects: dict[Kind, Subject] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(uuid5(_NAMESPACE, f"user {self.number}"))

    @property
    def detector(self) -> int:
        return 1 + self.number % _DETECTORS

    @property
    def found(self) -> str | None:
        """What a search of the chain has to find."""
        first, second = (self.holds, self.tag)[:: 1 if self.run_first else -1]
        return first or second

    def right(self) -> dict[Kind, str | None]:
        return {Kind.CHAIN: self.found, Kind.RUN: self.holds, Kind.ID: self.holds}


@dataclass(frozen=True, slots=True)
class _Change:
    sql: str
    parameters: dict[str, Any]
    then: dict[str, Any]
    weight: float = 1.0


class Users:
    """The users of one database. They are made here; nobody else changes them."""

    def __init__(self, url: str, count: int) -> None:
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(_TYPE_QUERY, {"type": TYPE}).fetchone()
            assert row is not None
            self._type, self._tags = row
            keys = _make_users(connection, self._type, count)
            _make_releases(connection, self._type, self._tags)
        self.all = [User(number, keys[number]) for number in range(count)]
        for user in self.all:
            run, chain = f"s/run/{user.number}", f"s/chain/{user.number}"
            for kind, name in ((Kind.CHAIN, chain), (Kind.RUN, run), (Kind.ID, "")):
                timeline = Timeline.beginning_with(None)
                user.subjects[kind] = Subject(
                    kind, name, user.detector, user.id, timeline
                )

    def change(
        self,
        connection: "psycopg.Connection[Any]",
        user: User,
        random: Random | None = None,
        *,
        marks_log: bool = False,
    ) -> None:
        """Commit a change of a user; note when that was, and where in the log.

        Without chance, the user's RUN is filled, or emptied.
        """
        change, *others = self._possible(user)
        if random is not None:
            weights = [each.weight for each in (change, *others)]
            (change,) = random.choices([change, *others], weights)
        before = _position(connection) if marks_log else 0
        begun = time.monotonic()
        for name, value in change.then.items():
            setattr(user, name, value)
        versions = [
            user.subjects[kind].timeline.begin(value, begun)
            for kind, value in user.right().items()
            if user.subjects[kind].timeline.now != value
        ]
        connection.execute(change.sql.encode(), change.parameters)
        user.changed_at = time.monotonic()
        after = _position(connection) if marks_log else 0
        for version in versions:
            version.done = user.changed_at
            version.wal_begun, version.wal_done = before, after

    def _possible(self, user: User) -> Iterator[_Change]:
        """Yield all changes after which the chain gives another answer."""
        run, tag, chain = user.keys
        given = {
            "id": user.id,
            "type": self._type,
            "detector": user.detector,
            "run": run,
            "tag": tag,
            "chain": chain,
        }
        if user.run_first or user.tag is None:
            sql = _DELETE if user.holds else _PUT
            then: dict[str, Any] = {"holds": None if user.holds else user.id}
            yield _Change(sql.format(tags=self._tags), given, then)
        if not user.run_first or user.holds is None:
            release = (user.release + 1) % _RELEASES
            tagged = _released(release, user.detector)
            sql = _RETAG if user.tag else _TAG
            given |= {"tagged": tagged}
            then = {"tag": tagged, "release": release}
            yield _Change(sql.format(tags=self._tags), given, then)
            if user.tag:
                yield _Change(_UNTAG.format(tags=self._tags), given, {"tag": None})
        if user.holds and user.tag:
            then = {"run_first": not user.run_first}
            places = (2, 3) if user.run_first else (1, 0)
            given |= {"of_tag": places[0], "of_run": places[1]}
            yield _Change(_RECHAIN, given, then, _RECHAIN_WEIGHT)


def _released(release: int, detector: int) -> str:
    return str(uuid5(_NAMESPACE, f"release {release} detector {detector}"))


def _position(connection: "psycopg.Connection[Any]") -> int:
    row = connection.execute(_LSN).fetchone()
    assert row is not None
    return int(row[0])


def _make_users(
    connection: "psycopg.Connection[Any]", type_: int, count: int
) -> list[tuple[int, int, int]]:
    """Make all collections, and say that they may hold what they will."""
    given = {"last": count - 1, "releases": _RELEASES - 1, "type": type_}
    for sql in _COLLECTIONS:
        connection.execute(sql.encode(), given)
    return connection.execute(_KEYS.encode(), given).fetchall()


def _make_releases(
    connection: "psycopg.Connection[Any]", type_: int, tags: str
) -> None:
    """Fill RUNs of which users tag something."""
    for release in range(_RELEASES):
        key = f"SELECT collection_id FROM collection WHERE name = 's/release/{release}'"
        row = connection.execute(key.encode()).fetchone()
        assert row is not None
        for detector in range(1, _DETECTORS + 1):
            given = {
                "id": _released(release, detector),
                "type": type_,
                "run": row[0],
                "detector": detector,
            }
            connection.execute(_PUT.format(tags=tags).encode(), given)


_NEXT = "nextval('collection_seq_collection_id')"
_TYPE_QUERY = "SELECT id, tag_association_table FROM dataset_type WHERE name = %(type)s"
_PUT = (
    "WITH new AS (INSERT INTO dataset (id, dataset_type_id, ingest_date, run_id)"
    " VALUES (%(id)s, %(type)s, 0, %(run)s) RETURNING id, dataset_type_id, run_id)"
    " INSERT INTO {tags}"
    " (dataset_type_id, dataset_id, collection_id, instrument, detector)"
    " SELECT dataset_type_id, id, run_id, 'Cam1', %(detector)s FROM new"
)
_DELETE = "DELETE FROM dataset WHERE id = %(id)s"
_TAG = (
    "INSERT INTO {tags}"
    " (dataset_type_id, dataset_id, collection_id, instrument, detector)"
    " VALUES (%(type)s, %(tagged)s, %(tag)s, 'Cam1', %(detector)s)"
)
_RETAG = "UPDATE {tags} SET dataset_id = %(tagged)s WHERE collection_id = %(tag)s"
_UNTAG = "DELETE FROM {tags} WHERE collection_id = %(tag)s"
# Each order has places of its own: no two rows ever stand at one.
_RECHAIN = (
    "UPDATE collection_chain"
    " SET position = CASE child WHEN %(tag)s THEN %(of_tag)s ELSE %(of_run)s END"
    " WHERE parent = %(chain)s"
)
_NUMBERS = "FROM generate_series(0, %(last)s::integer) n"
_NAMES = ((_RUN, "run"), (_TAGGED, "tag"), (_CHAINED, "chain"))
_COLLECTIONS = (
    *(
        "INSERT INTO collection (collection_id, name, type)"
        f" SELECT {_NEXT}, 's/{name}/' || n, {kind} {_NUMBERS}"
        for kind, name in _NAMES
    ),
    (
        "INSERT INTO collection (collection_id, name, type)"
        f" SELECT {_NEXT}, 's/release/' || n, {_RUN}"
        " FROM generate_series(0, %(releases)s::integer) n"
    ),
    (
        "INSERT INTO run (collection_id)"
        " SELECT collection_id FROM collection WHERE name LIKE 's/%%' AND type = 1"
    ),
    *(
        "INSERT INTO collection_chain (parent, position, child)"
        f" SELECT p.collection_id, {place}, c.collection_id {_NUMBERS}"
        " JOIN collection p ON p.name = 's/chain/' || n"
        f" JOIN collection c ON c.name = 's/{name}/' || n"
        for place, name in enumerate(("run", "tag"))
    ),
    (
        "INSERT INTO collection_summary_dataset_type (collection_id, dataset_type_id)"
        " SELECT collection_id, %(type)s FROM collection"
        " WHERE name LIKE 's/%%' AND type <> 3"
    ),
    (
        "INSERT INTO collection_summary_instrument (collection_id, instrument)"
        " SELECT collection_id, 'Cam1' FROM collection"
        " WHERE name LIKE 's/%%' AND type <> 3"
    ),
)
_KEYS = (
    "SELECT r.collection_id, t.collection_id, c.collection_id"
    f" {_NUMBERS}"
    " JOIN collection r ON r.name = 's/run/' || n"
    " JOIN collection t ON t.name = 's/tag/' || n"
    " JOIN collection c ON c.name = 's/chain/' || n ORDER BY n"
)
