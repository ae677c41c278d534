"""Fixtures of all test folders: one PostgreSQL and one shelf of repositories."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf
from tests.support.servers import TOKEN_VARIABLE

# Time is not what these tests are about, and CI machines are busy.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


# What takes longest begins first, so that no process is left with it at the end.
_LONGEST = (
    "tests/benchmarks/",
    "tests/faults/staleness/",
    "tests/coherence/",
    "tests/faults/",
    "tests/registry/watch/",
    "tests/contract/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests share what is slow to set up, and bring them into an order.

    Without processes to share them out to (``make test ARGS=…``) only the order counts.
    """
    items.sort(key=lambda item: _rank(item.nodeid))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _rank(node: str) -> int:
    ranks = (n for n, start in enumerate(_LONGEST) if node.startswith(start))
    return next(ranks, len(_LONGEST))


def _group(item: pytest.Item) -> str:
    """Return the repository of a test of the contract, else the test's module."""
    parameters: dict[str, object] = getattr(
        getattr(item, "callspec", None), "params", {}
    )
    if "session_sides" in parameters:
        return str(parameters["session_sides"])
    return item.nodeid.partition("::")[0]


@pytest.fixture(scope="session", autouse=True)
def access_token() -> None:
    """Give the stock client the token without which it refuses to start."""
    os.environ[TOKEN_VARIABLE] = "token-of-the-tests"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One PostgreSQL for the whole session; databases are the unit of isolation."""
    cluster = PostgresCluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def repositories(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> RepositoryShelf:
    """Repositories of the session: `get` to read, `copy` to write."""

    def start_postgres() -> PostgresCluster:
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        return cluster

    return RepositoryShelf(tmp_path_factory.mktemp("repositories"), start_postgres)


@pytest.fixture(scope="session")
def soak() -> bool:
    """Whether to run at the long size (`make soak`)."""
    return bool(os.environ.get("BUTLERY_SOAK"))
