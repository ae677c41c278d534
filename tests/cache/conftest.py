"""Open repositories for the cache's tests, on both kinds of database."""

from collections.abc import AsyncIterator

import pytest

from butlery.cache import Repository
from tests.registry.conftest import anyio_backend, closing_stack, own_repository
from tests.registry.opening import OwnRepository, copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

__all__ = ["anyio_backend", "closing_stack", "own_repository"]


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
    opened = Repository.from_uri("repo", str(shared.root), poll_seconds=3600)
    await opened.open()
    yield opened
    await opened.close()
