"""Slots are shared among users, whatever they see."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from butlery.server.access import TokenFile
from tests.faults.outages.stage.metrics import metric
from tests.queries.asking import locked, post, query, rows, wait_for_waiting
from tests.queries.conftest import Copy
from tests.queries.copies import database_of
from tests.queries.serving import serve, wait_for_workers
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.servers import ButleryServer

GROUPS = {"alice": ("admins",), "bob": ("admins",), "carol": ()}
_QUERIES = "workers = 1\nwaiting = 40\nwaiting_per_user = 30"


@pytest.fixture(scope="module")
def root(copy_of_base: Copy) -> Path:
    return copy_of_base()


@pytest.fixture(scope="module")
def database(root: Path) -> str:
    return database_of(root)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TokenFile:
    return TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")


@pytest.fixture(scope="module")
def secrets(tokens: TokenFile) -> dict[str, str]:
    return {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}


@pytest.fixture(scope="module")
def server(
    root: Path,
    tokens: TokenFile,
    secrets: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ButleryServer]:
    more = (
        f'[access]\nkind = "tokens"\ntokens_file = "{tokens.path}"\n'
        '[repositories.repo.access]\nadmin_groups = ["admins"]\n'
    )
    server = serve(tmp_path_factory.mktemp("server"), {"repo": root}, _QUERIES, more)
    post(server, "execute", query("detector"), secrets["alice"])
    yield server
    server.stop()


def waiting(server: ButleryServer) -> float:
    return metric(server, "butlery_query_waiting", limit="")


def test_many_queries_of_one_user_delay_anothers_by_one_slot(
    server: ButleryServer,
    secrets: dict[str, str],
    database: str,
    postgres: PostgresCluster,
) -> None:
    order: list[str] = []
    lock = threading.Lock()

    def ask(user: str, element: str) -> int:
        status, _, _ = post(server, "execute", query(element), secrets[user])
        with lock:
            order.append(user)
        return status

    with ThreadPoolExecutor(40) as pool:
        with locked(postgres, database, "visit"):
            first = pool.submit(ask, "alice", "visit")
            wait_for_waiting(postgres, database, 1)
            asked = [pool.submit(ask, "alice", "detector") for _ in range(30)]
            wait_until("queue", lambda: waiting(server) == 30)
            _expect_refusal(server, secrets["alice"])
            single = pool.submit(ask, "bob", "detector")
            wait_until("queue", lambda: waiting(server) == 31)
            assert not single.done()
        assert first.result() == 200
        assert single.result() == 200
        assert {each.result() for each in asked} == {200}
    # The first may be told later than those who came after it.
    assert order.index("bob") <= 2


def _expect_refusal(server: ButleryServer, token: str) -> None:
    counted = {**query("detector"), "exact": True, "discard": True}
    status, headers, body = post(server, "count", counted, token)
    assert status == 429
    assert headers["retry-after"] == "5"
    assert "alice" in json.loads(body)["detail"]
    assert metric(server, "butlery_queries_refused_total", limit="user") == 1


def test_readers_of_different_sights_are_answered_by_the_same_worker(
    server: ButleryServer, secrets: dict[str, str]
) -> None:
    (worker,) = wait_for_workers(server, 1)
    for user in ("alice", "carol", "bob"):
        status, _, body = post(server, "execute", query("detector"), secrets[user])
        assert status == 200
        assert rows(body)
    assert wait_for_workers(server, 1) == [worker]


def test_what_needs_no_worker_is_answered_to_everybody(
    server: ButleryServer, secrets: dict[str, str]
) -> None:
    asked = query("detector", allow_duplicate_overlaps=False)
    status, headers, body = post(server, "execute", asked, secrets["carol"])
    assert (status, len(rows(body))) == (200, 4)
    assert headers["cache-status"] == "butlery; hit; detail=snapshot"
