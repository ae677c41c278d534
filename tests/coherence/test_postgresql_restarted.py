"""PostgreSQL dies and returns under a running server.

While it is away a request is answered from what is known to be fresh, or refused
with a time to retry. Afterwards everything works again, by itself.
"""

import time
from pathlib import Path

import pytest

from tests.coherence.places import database_of
from tests.coherence.watching import requests
from tests.coherence.watching.crowd import Crowd, crowd
from tests.coherence.watching.patience import seconds_until
from tests.coherence.watching.requests import Connection, Request
from tests.coherence.writer import given
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_OUTAGE_SECONDS = 3.0
_BOUND_SECONDS = 3.0
_RUN, _TYPE = "w/run", "w_type"


@pytest.mark.parametrize(
    ("poll_seconds", "lease_seconds"), [("1", 2.0), ("0", 0.0)], ids=["polled", "asked"]
)
def test_outage_is_refused_honestly_and_ends_by_itself(
    own_postgres: PostgresCluster,
    postgres_repository: Path,
    poll_seconds: str,
    lease_seconds: float,
) -> None:
    lookups = _fill(postgres_repository)
    server = ButleryServer.start(
        postgres_repository, arguments=[f"--poll-seconds={poll_seconds}"]
    )
    try:
        with Connection(server) as connection, crowd(server, lookups) as people:
            time.sleep(0.3)
            own_postgres.kill()
            killed = time.monotonic()
            time.sleep(_OUTAGE_SECONDS)
            restarting = time.monotonic()
            own_postgres.restart()
            returned = time.monotonic()
            _change(own_postgres, postgres_repository)
            for request in lookups:
                _becomes_right(connection, request, returned)
            recovered = time.monotonic()
            time.sleep(0.3)
    finally:
        server.stop()
    assert not people.wrong()
    assert _statuses(people, killed + lease_seconds, restarting) == {503}
    assert _statuses(people, recovered) == {200}


def _fill(repository: Path) -> list[Request]:
    """Store one dataset; return lookups of every sort, the first shows the doc."""
    id_, put = given.put(_TYPE, _RUN, given.DETECTOR)
    register = given.register_type(_TYPE, *given.CAMERA)
    given.write(repository, [given.register_run(_RUN), register, put])
    return [
        requests.collection(_RUN),
        requests.dataset_type(_TYPE),
        requests.dataset(id_),
        requests.find(_TYPE, given.DETECTOR, _RUN),
        requests.files(id_),
    ]


def _change(cluster: PostgresCluster, repository: Path) -> None:
    """Write at once: a direct Butler would need a while to open."""
    database = database_of(repository).rpartition("/")[2]
    sql = f"UPDATE collection SET doc = 'after the outage' WHERE name = '{_RUN}'"
    cluster.execute(sql, database=database)


def _becomes_right(connection: Connection, request: Request, since: float) -> None:
    seconds_until(
        connection,
        request,
        lambda reply: (
            reply.status == 200
            and ("doc" not in reply.body or reply.body["doc"] == "after the outage")
        ),
        bound_seconds=_BOUND_SECONDS,
        since=since,
    )


def _statuses(people: Crowd, begin: float, end: float = float("inf")) -> set[int]:
    """Return the statuses of whatever was asked and answered between two moments."""
    return {
        reply.status
        for reply in people.replies
        if begin <= reply.asked_at and reply.came_at <= end
    }
