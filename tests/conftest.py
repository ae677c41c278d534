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


# Folders whose tests share servers or clusters that are slow to set up. What takes
# longest begins first, so that no process is left with it at the end.
_TOGETHER = (
    "tests/faults/staleness/",
    "tests/coherence/",
    "tests/faults/outages/",
    "tests/benchmarks/",
    "tests/registry/watch/",
    "tests/faults/index/",
)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests belong together, and bring them into an order.

    Without processes to share them out to (``make test ARGS=…``) only the order counts.
    """
    items.sort(key=lambda item: _place(item.nodeid))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _place(node: str) -> int:
    # Those of the contract hold connections to repositories that others copy.
    places = (n for n, folder in enumerate(_TOGETHER) if node.startswith(folder))
    return next(places, len(_TOGETHER) + node.startswith("tests/contract/"))


def _group(item: pytest.Item) -> str:
    """Return a folder, the repository of a test of the contract, or a module."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if "session_sides" in parameters:
        return str(parameters["session_sides"])
    folder = next((f for f in _TOGETHER if item.nodeid.startswith(f)), None)
    return folder or item.nodeid.partition("::")[0]


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
