"""How many statements lookups cost: cold ones few, however many ask, warm ones none.

Counted by PostgreSQL, and by the server.
"""

import random
from collections.abc import Iterator

import pytest

from tests.coherence.watching.requests import (
    Request,
    dataset,
    files,
    find,
    find_files,
)
from tests.faults.conftest import Report
from tests.faults.outages.stage.client import Reply, ask_all, ask_at_once
from tests.faults.outages.stage.counting import counted
from tests.faults.outages.stage.load import hit_share
from tests.faults.outages.stage.metrics import statements_run
from tests.faults.outages.stage.proxy import SlowProxy
from tests.faults.outages.stage.stock import (
    TOP,
    TYPE,
    data_id,
    dataset_id,
    user_chain,
)
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_DELAY_SECONDS = 0.05


@pytest.fixture
def slow_database(proxy: SlowProxy) -> Iterator[None]:
    """Let an answer take so long that everybody asks before it comes."""
    proxy.delay_seconds = _DELAY_SECONDS
    yield
    proxy.delay_seconds = 0.0


@pytest.mark.usefixtures("slow_database")
def test_100_requests_for_one_cold_key_run_one_statement(
    server: ButleryServer, breakable: PostgresCluster, report: Report
) -> None:
    before = statements_run(server)
    with counted(breakable) as found:
        replies = ask_at_once(server, [_release(900)] * 100)
    assert {_id(reply) for reply in replies} == {dataset_id(900)}
    assert (found.lookups, statements_run(server) - before) == (1, 1)
    report(f"{found.lookups} statement")


@pytest.mark.usefixtures("slow_database")
def test_500_clients_on_50_cold_keys_run_50_statements(
    server: ButleryServer, breakable: PostgresCluster, report: Report
) -> None:
    before = statements_run(server)
    with counted(breakable) as found:
        replies = ask_at_once(server, [_release(n % 50 + 300) for n in range(500)])
    assert {_id(reply) for reply in replies} == {dataset_id(n) for n in range(300, 350)}
    assert found.lookups <= 50
    assert statements_run(server) - before == found.lookups
    report(f"{found.lookups} statements")


@pytest.mark.usefixtures("slow_database")
def test_a_path_that_is_partly_permanent_costs_one_statement(
    server: ButleryServer, breakable: PostgresCluster, report: Report
) -> None:
    with counted(breakable) as found:
        replies = ask_at_once(server, [_notebook(901)] * 100)
    assert {_id(reply) for reply in replies} == {dataset_id(901)}
    assert found.lookups == 1
    report("1 statement")


def test_warm_lookups_through_300_runs_run_no_statement(
    server: ButleryServer, breakable: PostgresCluster, report: Report
) -> None:
    requests = [each for n in range(100, 150) for each in _all_kinds(n)]
    ask_all(server, requests)
    before = statements_run(server)
    with counted(breakable) as found:
        replies = ask_all(server, requests * 2)
    assert (found.lookups, statements_run(server) - before) == (0, 0)
    assert hit_share(replies) == 1.0
    assert {reply.status for reply in replies} == {200}
    report(f"0 statements in {len(replies)} lookups ({found.polls} of the poll)")


def test_most_of_a_mixed_load_runs_no_statement(
    server: ButleryServer, breakable: PostgresCluster, *, soak: bool, report: Report
) -> None:
    """What a few thousand people ask for: some of it much more often than the rest."""
    chance = random.Random(7)
    number = 100_000 if soak else 5_000
    requests = [_any_kind(chance) for _ in range(number)]
    with counted(breakable) as found:
        replies = ask_all(server, requests)
    assert {reply.status for reply in replies} == {200}
    assert found.lookups <= number * 0.05
    assert hit_share(replies) >= 0.95
    distinct = len(set(map(repr, requests)))
    report(
        f"{1 - found.lookups / number:.2%} of {number} lookups ({distinct} different)"
        " ran no statement"
    )


def _notebook(detector: int, user: int = 10) -> Request:
    return find(TYPE, data_id(detector), user_chain(user))


def _release(detector: int) -> Request:
    return find(TYPE, data_id(detector), TOP)


def _all_kinds(detector: int) -> list[Request]:
    return [
        _notebook(detector),
        _release(detector),
        find_files(TYPE, data_id(detector), TOP),
        files(dataset_id(detector)),
        dataset(dataset_id(detector)),
    ]


def _any_kind(chance: random.Random) -> Request:
    """Half notebooks, then datalinkers, then cutouts."""
    detector = min(int(chance.paretovariate(1.5)) + 499, 999)
    user = min(int(chance.paretovariate(2)) - 1, 199)
    return chance.choice(
        [
            _notebook(detector, user),
            _notebook(detector, user),
            files(dataset_id(detector)),
            find_files(TYPE, data_id(detector), TOP),
        ]
    )


def _id(reply: Reply) -> str:
    assert reply.status == 200, reply
    id_: str = reply.body["dataset_ref"]["id"]
    return id_
