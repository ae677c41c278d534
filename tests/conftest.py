"""Fixtures of all test folders: one PostgreSQL and one shelf of repositories."""

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from butlery.server.logs import StandardLogs
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf
from tests.support.servers import TOKEN_VARIABLE

# Time is not what these tests are about, and CI machines are busy.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


_CONTRACT = "tests/contract/"
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


# A repository of the contract, as tests/contract/conftest.py names it in ids.
_CASE = re.compile(r"\b(?:\w+-(?:sqlite|postgresql)(?:-name-timestamp|-[0-9])?)\b")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into the order in which processes take them."""
    items.sort(key=lambda item: _place(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Let each process take all tests that share what is slow to set up."""
    return _Groups(config, log)


class _Groups(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        """Return a folder, a repository of the contract, or a module."""
        module, _, parameters = nodeid.partition("::")
        case = _CASE.search(parameters.partition("[")[2])
        if nodeid.startswith(_CONTRACT) and case is not None:
            return case[0]
        return next((f for f in _TOGETHER if nodeid.startswith(f)), module)


def _place(node: str) -> int:
    # Those of the contract hold connections to repositories that others copy.
    places = (n for n, folder in enumerate(_TOGETHER) if node.startswith(folder))
    return next(places, len(_TOGETHER) + node.startswith(_CONTRACT))


@pytest.fixture(scope="session", autouse=True)
def access_token() -> None:
    """Give the stock client the token without which it refuses to start."""
    os.environ[TOKEN_VARIABLE] = "token-of-the-tests"


@pytest.fixture(autouse=True)
def log_settings() -> Iterator[None]:
    """Take back what a test set about logs, such as an output that is closed since."""
    yield
    structlog.reset_defaults()
    handlers = logging.getLogger().handlers
    handlers[:] = [each for each in handlers if not isinstance(each, StandardLogs)]


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
