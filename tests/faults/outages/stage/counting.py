"""Counts what a server asks of PostgreSQL, as PostgreSQL sees it.

Servers have a role of their own, so that their statements can be told from all others.
A poll asks for the gate alone and, where it moved, for the small tables; every lookup
marks its rows. So does the check that the definitions still hold, once after the gate
has moved, and the self-check of what is permanent: the one looks at row versions, the
other reads pages, which no lookup does.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from tests.support.postgres import PostgresCluster

ROLE = "reader"
SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "max_connections": "30"}
_COUNT = (
    "SELECT query, calls::int FROM pg_stat_statements s"
    f" JOIN pg_roles r ON r.oid = s.userid AND r.rolname = '{ROLE}'"
)
_LOOKUPS_MARK = "is_row"
_CHECKS_MARKS = ("xmin", "page_")


def prepare(cluster: PostgresCluster) -> None:
    """Make the role, and the view that counts."""
    cluster.execute("CREATE EXTENSION pg_stat_statements")
    cluster.execute(f"CREATE ROLE {ROLE} LOGIN IN ROLE pg_read_all_data")
    cluster.execute("CREATE ROLE hog LOGIN")


class Counted:
    """Statements run while a context lasts."""

    def __init__(self) -> None:
        self.lookups = 0
        self.polls = 0


@contextmanager
def counted(cluster: PostgresCluster) -> Iterator[Counted]:
    """Count the statements of servers."""
    found = Counted()
    cluster.execute("SELECT pg_stat_statements_reset()")
    yield found
    for query, calls in cluster.execute(_COUNT):
        if _LOOKUPS_MARK in query and not any(mark in query for mark in _CHECKS_MARKS):
            found.lookups += calls
        else:
            found.polls += calls


@contextmanager
def most_connections(cluster: PostgresCluster) -> Iterator[list[int]]:
    """Note how many connections servers have, every 20 ms while the database lives."""
    found = [0]
    ended = threading.Event()
    query = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'"

    def watch() -> None:
        while not ended.is_set():
            with suppress(psycopg.OperationalError):
                found.append(cluster.execute(query)[0][0])
            time.sleep(0.02)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join(30)
