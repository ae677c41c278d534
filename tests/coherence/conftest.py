"""A PostgreSQL that this folder may break, and places to write to.

Delays are printed at the end of the test session, whatever the verbosity.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.coherence.places import DATA_SET, PostgresPlaces
from tests.coherence.watching.delays import histogram
from tests.coherence.watching.follower import Follower
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

_DELAYS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session", autouse=True)
def uncached_files() -> Iterator[None]:
    """Make the stock client read files anew: it keeps them by UUID, for ever."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAF_BUTLER_CACHE_EXPIRATION_MODE", "disabled")
        yield


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[PostgresCluster]:
    """A cluster that nobody else uses: it is killed, and it is followed.

    Commits wait for the log, so that a standby hears of them at once.
    """
    cluster = PostgresCluster.start(settings={"synchronous_commit": "on"})
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_places(
    own_postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> PostgresPlaces:
    return PostgresPlaces(own_postgres, tmp_path_factory.mktemp("places"))


@pytest.fixture
def sqlite_repository(repositories: RepositoryShelf) -> Path:
    return repositories.copy(DATA_SET)


@pytest.fixture
def postgres_repository(postgres_places: PostgresPlaces) -> Path:
    return postgres_places.copy()


@pytest.fixture
def report_delays(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[[Follower], None]:
    """Keep a follower's delays for the end of the session."""

    def report(follower: Follower) -> None:
        record_property(f"longest_delay_seconds[{follower.name}]", max(follower.delays))
        kept = request.config.stash.setdefault(_DELAYS, [])
        kept.append(histogram(follower.name, follower.delays))

    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if kept := config.stash.get(_DELAYS, []):
        terminalreporter.section("when changes were seen")
        for text in kept:
            terminalreporter.write_line(text)
