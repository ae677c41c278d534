"""How long workers live: killed at random, stopped, retired, out of time."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler.remote_butler._http_connection import ButlerServerError

from tests.queries.asking import (
    count_rows,
    lines,
    locked,
    post,
    query,
    wait_for_waiting,
)
from tests.queries.serving import serve, wait_for_workers, workers_of
from tests.support.postgres import PostgresCluster
from tests.support.repositories import make_repository
from tests.support.servers import ButleryServer

_QUERIES = "workers = 1\nworker_queries = 3\nstatement_timeout_seconds = 1"


@pytest.fixture(scope="module")
def root(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lives")
    return make_repository(folder / "repository", "base", postgres=postgres)


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
    with Butler.from_config(str(root)) as butler:
        database = str(butler._registry._db._engine.url.database)  # type: ignore[attr-defined]
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


def test_client_gets_a_whole_result_or_an_error_while_workers_are_killed(
    server: ButleryServer, root: Path, *, soak: bool
) -> None:
    with Butler.from_config(str(root)) as direct:
        expected = direct.query_all_datasets("*", find_first=False, limit=None)
    is_over = threading.Event()

    def kill() -> None:
        chance = random.Random(1)
        while not is_over.wait(chance.uniform(0.2, 1.5)):
            for worker in workers_of(server):
                with suppress(psutil.NoSuchProcess):
                    worker.kill()

    def ask(_: int) -> bool:
        with server.butler() as butler:
            try:
                found = butler.query_all_datasets("*", find_first=False, limit=None)
            except ButlerServerError:
                return False
        assert {ref.id for ref in found} == {ref.id for ref in expected}
        assert len(found) == len(expected)
        return True

    killer = threading.Thread(target=kill)
    killer.start()
    with ThreadPoolExecutor(4) as pool:
        answered = list(pool.map(ask, range(200 if soak else 8)))
    is_over.set()
    killer.join()
    assert any(answered)
    started = time.monotonic()
    assert count_rows(server) == 4
    assert time.monotonic() - started < 10
