"""What one snapshot covers of another, against sets; and whose snapshots they are."""

import os
import signal

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.registry.node import NODE, covers, including, union
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until

_TOP = 14


@st.composite
def snapshots(draw: st.DrawFn) -> str:
    end = draw(st.integers(3, _TOP))
    running = sorted(draw(st.sets(st.integers(2, end - 1))))
    begin = running[0] if running else end
    return f"{begin}:{end}:{','.join(map(str, running))}"


def visible(snapshot: str) -> set[int]:
    _, end, running = snapshot.split(":")
    return set(range(int(end))) - {int(xid) for xid in running.split(",") if xid}


@given(snapshots(), snapshots())
def test_covers_is_the_subset_relation(later: str, earlier: str) -> None:
    assert covers(later, earlier) == (visible(earlier) <= visible(later))


@given(snapshots(), st.integers(2, _TOP + 3))
def test_including_adds_one_transaction(snapshot: str, xid: int) -> None:
    assert visible(including(snapshot, xid)) == visible(snapshot) | {xid}
    assert covers(including(snapshot, xid), snapshot)


@given(snapshots(), snapshots())
def test_union_shows_what_either_shows(one: str, other: str) -> None:
    assert visible(union(one, other)) == visible(one) | visible(other)
    assert covers(union(one, other), one)


def test_union_of_replayed_positions_is_the_later() -> None:
    assert union("lsn:0/FF", "lsn:1/0") == "lsn:1/0"
    assert union("lsn:A/0", "lsn:9/FFFFFFFF") == "lsn:A/0"


@pytest.mark.parametrize("other", ["lsn:0/1", "", "nonsense"])
def test_what_is_of_another_kind_has_no_union(other: str) -> None:
    with pytest.raises(ValueError, match="union"):
        union("3:3:", other)


@given(st.text() | st.sampled_from(["5:4:", "3:5:9", "3:5:1", "3:5:4,", "lsn:0/1", ""]))
def test_what_is_no_snapshot_covers_nothing(text: str) -> None:
    assert not covers(text, "3:3:")
    assert not covers("3:3:", text)


def test_huge_gaps_cost_no_time() -> None:
    assert not covers("3:3:", f"3:{10**19}:")
    assert covers(f"3:{10**19}:", "3:3:")


def test_a_crash_begins_another_life() -> None:
    cluster = PostgresCluster.start()
    try:
        query = f"SELECT {NODE.text}"
        [before] = cluster.execute(query)
        assert cluster.execute(query) == [before]
        _crash(cluster)
        wait_until("a new life", lambda: _answers(cluster))
        assert cluster.execute(query) != [before]
    finally:
        cluster.stop()


def _crash(cluster: PostgresCluster) -> None:
    """Kill one backend: the postmaster stays, and restarts all the others."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        start = "SELECT pg_postmaster_start_time()"
        [before] = cluster.execute(start)
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
    wait_until("recovery", lambda: _answers(cluster))
    assert cluster.execute(start) == [before]


def _answers(cluster: PostgresCluster) -> bool:
    try:
        return bool(cluster.execute("SELECT 1"))
    except psycopg.OperationalError:
        return False
