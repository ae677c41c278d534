"""Transactions of every shape are seen when they commit, and not before.

The gate is read before every answer here, so the first request after a commit shows
it, and nobody ever sees a state that is older than what anybody was told before.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.coherence.places import PostgresPlaces, database_of
from tests.coherence.watching import requests
from tests.coherence.watching.crowd import crowd
from tests.coherence.watching.requests import Connection
from tests.coherence.writer import given
from tests.support.servers import ButleryServer

_RUN, _OTHER_RUN = "w/run", "w/other"
_UPDATES = 100


@dataclass
class Scene:
    """A server over a repository with two RUNs, and its database."""

    server: ButleryServer
    connection: Connection
    url: str

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=autocommit)

    def doc(self, run: str = _RUN) -> str:
        reply = self.connection.send(requests.collection(run))
        assert reply.status == 200, reply
        return str(reply.body["doc"])


@pytest.fixture(scope="module")
def scene(postgres_places: PostgresPlaces) -> Iterator[Scene]:
    repository = postgres_places.copy()
    given.write(repository, [given.register_run(run) for run in (_RUN, _OTHER_RUN)])
    server = ButleryServer.start(repository, arguments=["--poll-seconds=0"])
    try:
        with Connection(server) as connection:
            yield Scene(server, connection, database_of(repository))
    finally:
        server.stop()


def test_transaction_that_was_open_before_others_is_seen_when_it_commits(
    scene: Scene,
) -> None:
    """The newest transaction id does not move when an older transaction commits."""
    with scene.connect() as early, scene.connect() as late:
        _document(early, "early", _RUN)
        _document(late, "late", _OTHER_RUN)
        late.commit()
        assert (scene.doc(), scene.doc(_OTHER_RUN)) == ("None", "late")
        early.commit()
        assert (scene.doc(), scene.doc(_OTHER_RUN)) == ("early", "late")


def test_savepoints_are_seen_as_far_as_they_were_kept(scene: Scene) -> None:
    old = scene.doc(_OTHER_RUN)
    with scene.connect() as writer:
        _document(writer, "kept", _RUN)
        with writer.transaction(force_rollback=True):
            _document(writer, "rolled back", _OTHER_RUN)
            assert scene.doc(_OTHER_RUN) == old
        assert scene.doc() != "kept"
        writer.commit()
        assert (scene.doc(), scene.doc(_OTHER_RUN)) == ("kept", old)


def test_same_value_written_again_changes_nothing(scene: Scene) -> None:
    with scene.connect(autocommit=True) as writer:
        _document(writer, "same", _RUN)
        assert scene.doc() == "same"
        _document(writer, "other", _RUN)
        _document(writer, "same", _RUN)
        assert scene.doc() == "same"


def test_nobody_sees_an_older_state_than_anybody_saw_before(scene: Scene) -> None:
    with scene.connect(autocommit=True) as writer:
        _document(writer, "0", _RUN)
        with crowd(scene.server, [requests.collection(_RUN)]) as people:
            for number in range(1, _UPDATES + 1):
                _document(writer, str(number), _RUN)
                assert scene.doc() == str(number)
                time.sleep(0.01)
    people.never_went_back(lambda reply: int(reply.body["doc"]))


def _document(writer: psycopg.Connection[Any], doc: str, run: str) -> None:
    writer.execute("UPDATE collection SET doc = %s WHERE name = %s", (doc, run))
