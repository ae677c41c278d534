"""One real index that the tests of this folder copy and spoil, and where to push it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from butlery.cache.index import IndexLibrary, Manifest
from tests.cache.index.indexing import new_index
from tests.cache.index.object_store import ObjectStore, running_object_store
from tests.support.repositories import RepositoryShelf


@pytest.fixture(scope="session")
def built(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    """Build an index that nobody touches."""
    folder = tmp_path_factory.mktemp("built")
    return folder, asyncio.run(new_index(repositories.get("base"), folder))


@pytest.fixture
def library(built: tuple[Path, Manifest], tmp_path: Path) -> IndexLibrary:
    """Return a library of one index that the test may spoil."""
    shutil.copytree(built[0], tmp_path / "library")
    for path in (tmp_path / "library").iterdir():
        path.chmod(0o644)
    return IndexLibrary(tmp_path / "library")


@pytest.fixture
def manifest(library: IndexLibrary) -> Manifest:
    (found,), _ = library.manifests()
    return found


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    with running_object_store() as store:
        yield store


@pytest.fixture(params=["folder", "s3"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return a location of each kind, with nothing in it."""
    if request.param == "folder":
        (tmp_path / "location").mkdir()
        return str(tmp_path / "location")
    store: ObjectStore = request.getfixturevalue("object_store")
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{store.new_bucket()}/some/releases"
