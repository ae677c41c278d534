"""A PostgreSQL for these tests alone; what was measured is printed at the end.

Commits wait for the log, which a standby needs; a session may ask not to, and then its
commits are lost when PostgreSQL is killed.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.coherence.places import PostgresPlaces
from tests.support.postgres import PostgresCluster

_FIGURES = pytest.StashKey[list[str]]()
_SETTINGS = {
    "synchronous_commit": "on",
    "wal_writer_delay": "10s",
    "max_connections": "200",
}
Report = Callable[[str], None]


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


@pytest.fixture
def report(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Report:
    """Keep a figure for the end of the session."""

    def keep(figure: str) -> None:
        record_property("figure", figure)
        request.config.stash.setdefault(_FIGURES, []).append(figure)

    return keep


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if kept := config.stash.get(_FIGURES, []):
        terminalreporter.section("how old answers were")
        for text in kept:
            terminalreporter.write_line(text)
