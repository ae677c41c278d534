"""One user's hundreds of queries cost nine others no more than one slot.

Queries take as long as the test says: the table of visits sleeps when it is read.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from butlery.server.access import TokenFile
from tests.faults.outages.stage.metrics import metric
from tests.queries.asking import post, query
from tests.queries.conftest import Copy
from tests.queries.copies import database_of
from tests.queries.serving import serve
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until
from tests.support.servers import ButleryServer

_SLOT_SECONDS = 0.4
_SLOTS = 3
_NINE = [f"user{number}" for number in range(9)]
_QUERIES = f"workers = {_SLOTS}\nworkers_per_user = {_SLOTS}\nwaiting_per_user = 600"
_SLEEPING = f"""
ALTER TABLE visit RENAME TO visit_asleep;
CREATE VIEW visit AS SELECT visit_asleep.* FROM visit_asleep,
  (SELECT pg_sleep({_SLOT_SECONDS}) OFFSET 0) AS nap;
"""


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    tokens = TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")
    users = ["alice", *_NINE]
    return tokens.path, {
        user: tokens.create(user, ["admins"], None)[0] for user in users
    }


@pytest.fixture(scope="module")
def server(
    copy_of_base: Copy,
    postgres: PostgresCluster,
    secrets: tuple[Path, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ButleryServer]:
    folder = tmp_path_factory.mktemp("fairness")
    root = copy_of_base()
    more = (
        f'[access]\nkind = "tokens"\ntokens_file = "{secrets[0]}"\n'
        "[access.limits]\nconcurrent = 1000\n"
        '[repositories.repo.access]\nadmin_groups = ["admins"]\n'
    )
    server = serve(folder, {"repo": root}, _QUERIES, more)
    with ThreadPoolExecutor(_SLOTS) as pool:  # workers that have all open
        list(pool.map(lambda _: _ask(server, secrets[1]["alice"]), range(2 * _SLOTS)))
    postgres.execute(_SLEEPING, database=database_of(root))
    yield server
    server.stop()


def _ask(server: ButleryServer, token: str) -> float:
    """Ask a query that takes one slot; return when it was answered."""
    status, _, body = post(server, "execute", query("visit"), token, 300)
    assert status == 200, body
    assert b'"error"' not in body
    return time.monotonic()


def _nine(server: ButleryServer, tokens: Sequence[str]) -> float:
    """Let nine users ask a query each; return how long it took until all had it."""
    begun = time.monotonic()
    with ThreadPoolExecutor(len(tokens)) as pool:
        ended = list(pool.map(lambda token: _ask(server, token), tokens))
    return max(ended) - begun


@contextmanager
def _crowd(server: ButleryServer, token: str, count: int) -> Iterator[list[float]]:
    """Ask many queries of one user; give the times when they were answered."""
    ended: list[float] = []
    is_over = threading.Event()

    def ask() -> None:
        if not is_over.is_set():
            ended.append(_ask(server, token))

    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(ask) for _ in range(count)]
        wait_until("crowd", lambda: _asked(server) + len(ended) >= count)
        yield ended
        is_over.set()
        for each in asked:
            each.result()


def _asked(server: ButleryServer) -> float:
    slots = metric(server, "butlery_query_slots", limit="")
    return slots + metric(server, "butlery_query_waiting", limit="")


def test_nine_users_wait_for_one_slot_more_than_alone(
    server: ButleryServer,
    secrets: tuple[Path, dict[str, str]],
    record_property: Callable[[str, object], None],
    *,
    soak: bool,
) -> None:
    tokens = [secrets[1][user] for user in _NINE]
    alone_seconds = _nine(server, tokens)
    with _crowd(server, secrets[1]["alice"], 500 if soak else 40) as ended:
        before = len(ended)
        together_seconds = _nine(server, tokens)
        meanwhile = len(ended) - before
    figure = f"nine alone {alone_seconds:.2f} s, beside many {together_seconds:.2f} s"
    record_property("figure", figure)
    # What ran when they came, and what began when the last of them had begun; one
    # more, as answers may be told in another order than they were made.
    assert meanwhile <= 2 * _SLOTS + 1
    slack_seconds = 0.5 * alone_seconds + 0.5  # this machine's, not the queue's
    assert together_seconds <= alone_seconds + _SLOT_SECONDS + slack_seconds
