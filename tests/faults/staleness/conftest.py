"""A PostgreSQL for these tests alone.

Commits wait for the log, which a standby needs; a session may ask not to, and then its
commits are lost when PostgreSQL is killed.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.coherence.places import PostgresPlaces
from tests.support.postgres import PostgresCluster

_SETTINGS = {
    "synchronous_commit": "on",
    "wal_writer_delay": "10s",
    "max_connections": "200",
}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
async def closing_stack() -> AsyncIterator[AsyncExitStack]:
    """Close what a test opened, in its own event loop."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def own_cluster() -> Iterator[PostgresCluster]:
    """A cluster that is killed, and followed by a standby."""
    cluster = PostgresCluster.start(settings=_SETTINGS)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def own_places(
    own_cluster: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> PostgresPlaces:
    return PostgresPlaces(own_cluster, tmp_path_factory.mktemp("staleness"))


@pytest.fixture
def root(own_places: PostgresPlaces) -> Path:
    """Return a repository that the test may change."""
    return own_places.copy()
