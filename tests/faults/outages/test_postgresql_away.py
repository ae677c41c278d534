"""PostgreSQL killed, frozen, slow or full: what is permanent is answered all the same.

All else is refused honestly and soon, and is normal again soon after.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from tests.faults.conftest import Report
from tests.faults.outages.stage.asking import (
    DEADLINE_SECONDS,
    DYNAMIC,
    LEASE_SECONDS,
    MOST_CONNECTIONS,
    NORMAL_SECONDS,
    PERMANENT,
    asking_both,
    check,
)
from tests.faults.outages.stage.client import ask_all
from tests.faults.outages.stage.counting import ROLE, counted, most_connections
from tests.faults.outages.stage.load import load, within_ms
from tests.faults.outages.stage.proxy import SlowProxy
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer


@pytest.fixture
def soon_ms(*, soak: bool) -> float:
    """Soon means 50 ms; where others use the processors, ten times sooner than late."""
    return 50.0 if soak else 200.0


@pytest.fixture(autouse=True)
def warm(server: ButleryServer) -> None:
    """Let the server know all answers before anything happens."""
    ask_all(server, [*PERMANENT, *DYNAMIC])


def test_killed_and_restarted(
    server: ButleryServer,
    breakable: PostgresCluster,
    soon_ms: float,
    report: Report,
    *,
    soak: bool,
) -> None:
    for _ in range(10 if soak else 2):
        with asking_both(server, breakable, report) as asking:
            asking.begin()
            breakable.kill()
            time.sleep(LEASE_SECONDS + 0.5)
            breakable.restart()
            asking.end()
        check(asking, soon_ms)
        assert within_ms(asking.refusals, 0.5) <= soon_ms


def test_frozen(
    server: ButleryServer,
    breakable: PostgresCluster,
    soon_ms: float,
    report: Report,
    *,
    soak: bool,
) -> None:
    with asking_both(server, breakable, report) as asking:
        asking.begin()
        breakable.suspend()
        try:
            time.sleep(30 if soak else LEASE_SECONDS + DEADLINE_SECONDS)
        finally:
            breakable.resume()
        asking.end()
    check(asking, soon_ms)


def test_two_seconds_for_each_statement(
    server: ButleryServer,
    breakable: PostgresCluster,
    proxy: SlowProxy,
    soon_ms: float,
    report: Report,
    *,
    soak: bool,
) -> None:
    with asking_both(server, breakable, report) as asking:
        asking.begin()
        proxy.delay_seconds = 2.0
        time.sleep(30 if soak else LEASE_SECONDS + DEADLINE_SECONDS)
        proxy.delay_seconds = 0.0
        asking.end()
    check(asking, soon_ms)


def test_all_connections_taken_by_others(
    server: ButleryServer,
    breakable: PostgresCluster,
    soon_ms: float,
    report: Report,
    *,
    soak: bool,
) -> None:
    with asking_both(server, breakable, report) as asking:
        asking.begin()
        with _hogged(breakable):
            time.sleep(30 if soak else LEASE_SECONDS + 0.5)
        asking.end()
    check(asking, soon_ms)


def test_the_return_brings_no_herd(
    server: ButleryServer, breakable: PostgresCluster, report: Report
) -> None:
    """A hundred clients wait for forty keys; the database is asked for forty."""
    crowd = load(server, DYNAMIC, clients=100, pause_seconds=0.05)
    with most_connections(breakable) as connections, crowd as found:
        breakable.kill()
        time.sleep(LEASE_SECONDS)
        breakable.restart()
        with counted(breakable) as statements:
            time.sleep(NORMAL_SECONDS)
    assert not found.wrong
    assert statements.lookups <= 3 * len(DYNAMIC)
    assert max(connections) <= MOST_CONNECTIONS
    report(
        f"{statements.lookups} statements for {len(DYNAMIC)} keys in the first"
        f" {NORMAL_SECONDS:g} s, at most {max(connections)} connections"
    )


@contextmanager
def _hogged(cluster: PostgresCluster) -> Iterator[None]:
    """Take every connection that an ordinary role can get."""
    with ExitStack() as stack:
        _take_all(cluster, stack)
        cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE usename = '{ROLE}' AND application_name = 'butlery'"
        )
        _take_all(cluster, stack)
        yield


def _take_all(cluster: PostgresCluster, stack: ExitStack) -> None:
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        try:
            connection = psycopg.connect(cluster.url(user="hog"))
        except psycopg.OperationalError:
            time.sleep(0.005)
        else:
            stack.enter_context(connection)
