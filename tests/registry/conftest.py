"""Fixtures of all tests that open repositories without a server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from butlery.cache import Repository
from tests.registry.opening import OwnRepository, copy_repository, open_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
async def closing_stack() -> AsyncIterator[AsyncExitStack]:
    """Close what a test opened, in its own event loop."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(params=["sqlite", "postgresql"])
def own_repository(
    request: pytest.FixtureRequest,
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
) -> OwnRepository:
    """Build a repository that the test may change, on each kind of database."""
    return copy_repository(repositories, postgres, request.param)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest,
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
) -> OwnRepository:
    """Build a repository that the tests of one module share."""
    return copy_repository(repositories, postgres, request.param)


@pytest.fixture(scope="module")
async def repository(shared: OwnRepository) -> AsyncIterator[Repository]:
    """Open the shared repository; nobody changes it from now on."""
    async with AsyncExitStack() as stack:
        yield await open_repository(stack, shared.root, poll_seconds=3600)
