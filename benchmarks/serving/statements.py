"""How many SQL statements a request costs, as PostgreSQL itself counts them.

Each server has a role. What a server also runs while nobody asks it anything (its poll)
is left out, and so is the begin and end of transactions. Counting costs time: nothing
is timed meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.postgres import PostgresCluster

from .check import check_answers
from .process import Server
from .workload import Operation

_IDLE_SECONDS = 1.5
_COUNT = """
SELECT queryid, calls::int FROM pg_stat_statements s
JOIN pg_roles r ON r.oid = s.userid AND r.rolname = '{role}'
WHERE query !~* '^(begin|commit|rollback|end|start|set|show)'
"""


def count_statements(
    cluster: PostgresCluster, role: str, server: Server, operations: list[Operation]
) -> dict[str, float]:
    """Return the statements per request of each operation, for one server.

    Parameters
    ----------
    cluster
        Where the server's repository is.
    role
        As whom the server connects, and nobody else.
    server, operations
        Who is asked, and what.
    """
    with _counting(cluster):
        cluster.execute("SELECT pg_stat_statements_reset()")
        time.sleep(_IDLE_SECONDS)
        idle = set(_counts(cluster, role))
        return {
            o.name: _per_request(cluster, role, server, o, idle) for o in operations
        }


def _per_request(
    cluster: PostgresCluster,
    role: str,
    server: Server,
    operation: Operation,
    idle: set[int],
) -> float:
    questions = operation.questions
    cluster.execute("SELECT pg_stat_statements_reset()")
    check_answers(server.url, questions)
    counts = _counts(cluster, role)
    return sum(counts[query] for query in counts.keys() - idle) / len(questions)


def _counts(cluster: PostgresCluster, role: str) -> dict[int, int]:
    return dict(cluster.execute(_COUNT.format(role=role)))


@contextmanager
def _counting(cluster: PostgresCluster) -> Iterator[None]:
    _track(cluster, "top")
    try:
        yield
    finally:
        _track(cluster, "none")


def _track(cluster: PostgresCluster, what: str) -> None:
    cluster.execute(f"ALTER SYSTEM SET pg_stat_statements.track = '{what}'")
    cluster.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)
