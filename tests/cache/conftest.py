"""The cache's tests open repositories as the registry's tests do.

Tests that are marked with `BOTH_SOURCES` run twice: answered by the database, and by
a release index in which everything is.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from butlery.cache import Repository
from tests.cache.index.indexing import EVERYTHING, mount_new_index
from tests.registry.conftest import anyio_backend, closing_stack, own_repository, shared
from tests.registry.opening import PATIENT_SECONDS, OwnRepository

__all__ = ["anyio_backend", "closing_stack", "own_repository", "repository", "shared"]


@pytest.fixture(scope="module")
async def repository(
    shared: OwnRepository,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Repository]:
    """Open the shared repository; nobody changes it from now on."""
    is_indexed = getattr(request, "param", "") == "index"
    opened = Repository.from_uri(
        "repo",
        str(shared.root),
        poll_seconds=3600,
        deadline_seconds=PATIENT_SECONDS,
        policies=EVERYTHING if is_indexed else None,
    )
    await opened.open()
    if is_indexed:
        folder: Path = tmp_path_factory.mktemp("indexes")
        await mount_new_index(opened, folder)
    yield opened
    await opened.close()
