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
