"""A disk that is full is said to be, and spoils nothing."""

import asyncio
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from butlery.cache.index import IndexLibrary, Manifest
from butlery.cache.index.building.writer import IndexWriter
from butlery.cache.index.locations import location_of, pull
from tests.cache.index.indexing import litter, new_index, publish_bytes
from tests.faults.index.processes import outcome, outcome_with_file_limit
from tests.registry.opening import OwnRepository


@pytest.fixture
def library(tmp_path: Path) -> IndexLibrary:
    return IndexLibrary(tmp_path / "library")


@pytest.fixture
def older(library: IndexLibrary) -> Manifest:
    return publish_bytes(library, b"an older index")


def check(library: IndexLibrary, older: Manifest, error: str) -> None:
    """An error of this machine was told, and all is as it was before."""
    assert error.startswith("True "), error
    assert "database" not in error or "copied" in error  # it is not to blame
    assert library.newest(older.repository, None) == (older, [])
    library.verify(older)
    assert litter(library.folder) == []


@pytest.mark.parametrize("items", [7, 100_000])
@pytest.mark.parametrize("limit", [1_000, 20_000])
def test_build_on_a_full_disk(
    own_repository: OwnRepository,
    library: IndexLibrary,
    older: Manifest,
    monkeypatch: pytest.MonkeyPatch,
    items: int,
    limit: int,
) -> None:
    writer = partial(IndexWriter, items=items)
    monkeypatch.setattr("butlery.cache.index.building.build.IndexWriter", writer)

    def build() -> None:
        asyncio.run(new_index(own_repository.root, library.folder))

    check(library, older, outcome_with_file_limit(build, limit))
    assert outcome(build) == ""


def test_pull_to_a_full_disk(
    library: IndexLibrary, older: Manifest, tmp_path: Path
) -> None:
    newer = publish_bytes(IndexLibrary(tmp_path / "there"), b"x" * 10_000)
    location = location_of(str(tmp_path / "there"))

    def fetch() -> None:
        pull(location, newer.name, library)

    check(library, older, outcome_with_file_limit(fetch, 5_000))


@pytest.fixture(params=[100, 200, 1_000])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of so many kB, where that is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={request.param}k"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("nothing can be mounted")
    if mounted.returncode:
        pytest.skip("nothing can be mounted")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_build_on_a_small_disk(own_repository: OwnRepository, small_disk: Path) -> None:
    library = IndexLibrary(small_disk)
    older = publish_bytes(library, b"an older index")

    def build() -> None:
        asyncio.run(new_index(own_repository.root, library.folder))

    if error := outcome(build):
        check(library, older, error)
        assert "full" in error or "No space left" in error
    else:
        assert len(library.manifests()[0]) == 2
        assert litter(small_disk) == []
