"""How long workers live: stopped, retired, out of time."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.queries.asking import (
    count_rows,
    lines,
    locked,
    post,
    query,
    wait_for_waiting,
)
from tests.queries.conftest import Copy
from tests.queries.copies import database_of
from tests.queries.serving import serve, wait_for_workers, workers_of
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_QUERIES = "workers = 1\nworker_queries = 3\nstatement_timeout_seconds = 1"


@pytest.fixture(scope="module")
def root(copy_of_base: Copy) -> Path:
    return copy_of_base()


@pytest.fixture(scope="module")
def server(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(tmp_path_factory.mktemp("server"), {"repo": root}, _QUERIES)
    count_rows(server)
    yield server
    server.stop()


def test_worker_retires_after_so_many_queries(server: ButleryServer) -> None:
    seen = set()
    for _ in range(9):
        assert count_rows(server) == 4
        seen |= {worker.pid for worker in workers_of(server)}
    assert len(seen) >= 3


def test_statement_that_takes_too_long_is_given_up_and_the_user_told(
    server: ButleryServer, root: Path, postgres: PostgresCluster
) -> None:
    database = database_of(root)
    with locked(postgres, database, "visit"):
        status, _, body = post(server, "execute", query("visit"))
        wait_for_waiting(postgres, database, 0)
    (line,) = lines(body)
    assert status == 200
    assert line["error"]["error_type"] == "invalid_query"
    assert "takes too long" in line["error"]["detail"]


def test_worker_that_hangs_is_replaced_and_the_user_told(
    server: ButleryServer,
) -> None:
    time.sleep(0.2)
    while not workers_of(server):  # the last query may have been a worker's last
        count_rows(server)
        time.sleep(0.2)
    wait_for_workers(server, 1)[0].send_signal(signal.SIGSTOP)
    status, _, body = post(server, "execute", query("detector"))
    assert status == 200
    assert "longer than 1 s" in lines(body)[-1]["error"]["detail"]
    assert count_rows(server) == 4
