"""A table that the server's role may not read takes nothing else down with it.

Dataset types in a new dimension group bring new tables. Where nobody set default
privileges the role cannot read them: lookups that need one say so, and which right
is missing; everything else goes on; the right, once given, works without a restart.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.coherence.places import PostgresPlaces, database_of, point_to
from tests.coherence.watching import requests
from tests.coherence.watching.patience import seconds_until
from tests.coherence.watching.requests import Connection, Reply, Request
from tests.coherence.writer import Writer, given
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_BOUND_SECONDS = 2.0
_ROLE = "butlery_reader"
_RUN = "w/run"
_OPEN = "w_open"


@dataclass
class Scene:
    """A server with an unprivileged role, and whoever writes and grants."""

    connection: Connection
    writer: Writer
    cluster: PostgresCluster
    database: str
    open_id: str

    def table(self, type_: str, column: str) -> str:
        """Return the name of one of a dataset type's tables."""
        sql = f"SELECT {column} FROM dataset_type WHERE name = '{type_}'"
        [(name,)] = self.cluster.execute(sql, database=self.database)
        return str(name)

    def grant(self, table: str) -> None:
        """Let the server's role read a table."""
        sql = f"GRANT SELECT ON {table} TO {_ROLE}"
        self.cluster.execute(sql, database=self.database)

    def others_are_served(self) -> None:
        for request in (
            requests.dataset(self.open_id),
            requests.datasets(self.open_id),
            requests.files(self.open_id),
            requests.find(_OPEN, given.DETECTOR, _RUN),
            requests.find_files(_OPEN, given.DETECTOR, _RUN),
            requests.collection(_RUN),
            requests.dataset_type(_OPEN),
            Request("universe"),
        ):
            reply = self.connection.send(request)
            assert reply.status == 200, reply
            assert self.open_id in str(reply.body) or "find" not in request.path


@pytest.fixture(scope="module")
def scene(
    own_postgres: PostgresCluster, postgres_places: PostgresPlaces
) -> Iterator[Scene]:
    repository = postgres_places.copy()
    url = database_of(repository)
    database = url.rpartition("/")[2]
    own_postgres.execute(f"CREATE ROLE {_ROLE} LOGIN")
    for right in ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA"):
        own_postgres.execute(f"GRANT {right} public TO {_ROLE}", database=database)
    as_reader = own_postgres.url(database, user=_ROLE)
    server = ButleryServer.start(point_to(repository, "reader", lambda _: as_reader))
    try:
        with Writer(repository) as writer, Connection(server) as connection:
            open_id, put = given.put(_OPEN, _RUN, given.DETECTOR)
            register = given.register_type(_OPEN, *given.CAMERA)
            writer.do([given.register_run(_RUN), register, put])
            yield Scene(connection, writer, own_postgres, database, open_id)
    finally:
        server.stop()
        own_postgres.execute(f"DROP OWNED BY {_ROLE}", database=database)
        own_postgres.execute(f"DROP ROLE {_ROLE}")


@dataclass(frozen=True)
class Secret:
    """A dataset of a type with a table that the role may not read."""

    type: str
    id: str
    data_id: dict[str, Any]
    table: str

    def lookups(self) -> list[Request]:
        return [
            requests.dataset(self.id),
            requests.datasets(self.id),
            requests.files(self.id),
            requests.find(self.type, self.data_id, _RUN),
            requests.find_files(self.type, self.data_id, _RUN),
        ]

    def is_refused(self, reply: Reply) -> bool:
        text = str(reply.body)
        return reply.is_unavailable and f"GRANT SELECT ON {self.table}" in text

    def is_served(self, reply: Reply) -> bool:
        return reply.status == 200 and self.id in str(reply.body)


def test_unreadable_table_is_named_and_works_once_granted(scene: Scene) -> None:
    data_id = given.DETECTOR | {"htm9": 8 * 4**9}
    id_, put = given.put("w_secret", _RUN, data_id)
    scene.writer.do([given.register_type("w_secret", *data_id), put])
    table = scene.table("w_secret", "tag_association_table")
    _refused_then_served(scene, Secret("w_secret", id_, data_id, table))


def test_unreadable_calibration_table_is_named_too(scene: Scene) -> None:
    """The tags table is there and readable; only the new calibs table is not."""
    data_id = given.DETECTOR | {"htm8": 8 * 4**8}
    scene.writer.do([given.register_type("w_first", *data_id)])
    scene.grant(scene.table("w_first", "tag_association_table"))
    id_, put = given.put("w_calib", _RUN, data_id)
    register = given.register_type("w_calib", *data_id, is_calibration=True)
    scene.writer.do([register, put])
    table = scene.table("w_calib", "calibration_association_table")
    _refused_then_served(scene, Secret("w_calib", id_, data_id, table))


def _refused_then_served(scene: Scene, secret: Secret) -> None:
    _see(scene, secret.lookups(), secret.is_refused)
    scene.others_are_served()
    scene.grant(secret.table)
    _see(scene, secret.lookups(), secret.is_served)
    scene.others_are_served()


def _see(
    scene: Scene, lookups: Sequence[Request], is_right: Callable[[Reply], bool]
) -> None:
    changed = time.monotonic()
    for request in lookups:
        seconds_until(
            scene.connection,
            request,
            is_right,
            bound_seconds=_BOUND_SECONDS,
            since=changed,
        )
