"""Whoever is killed while an index comes leaves a whole one, or none (I5)."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from butlery.cache.index import IndexLibrary, Manifest, fetch_newest
from butlery.cache.index.library.checking import CHECKED_SUFFIX
from butlery.cache.index.locations import location_of, pull, push
from butlery.cache.index.manifest import MANIFEST_SUFFIX, SUFFIX
from tests.cache.index.indexing import litter, new_index, publish_bytes
from tests.faults.index.processes import kill_at_some_moment
from tests.registry.opening import OwnRepository

_BYTES = 12_000_000  # more than boto3 sends in one piece


def rounds(*, soak: bool, count: int) -> int:
    return count * 50 if soak else count


def check(library: IndexLibrary) -> bool:
    """Tell whether there is an index; if so, it is whole."""
    manifests, refused = library.manifests()
    assert refused == []
    for manifest in manifests:
        library.verify(manifest)
    return bool(manifests)


def clear(library: IndexLibrary) -> None:
    """Remove all indexes, manifests first: it may be killed on the way."""
    for suffix in (MANIFEST_SUFFIX, SUFFIX, CHECKED_SUFFIX):
        for path in library.folder.glob(f"*{suffix}"):
            path.unlink(missing_ok=True)


@pytest.fixture
def large(tmp_path: Path) -> tuple[IndexLibrary, Manifest]:
    library = IndexLibrary(tmp_path / "large")
    return library, publish_bytes(library, os.urandom(_BYTES))


def test_build_that_is_killed(
    own_repository: OwnRepository, tmp_path: Path, *, soak: bool
) -> None:
    library, chance = IndexLibrary(tmp_path / "library"), random.Random(1)
    root = own_repository.root

    def build() -> None:
        asyncio.run(new_index(root, library.folder))

    seen = set()
    for _ in range(rounds(soak=soak, count=8)):
        kill_at_some_moment(build, chance, 0.8)
        seen.add(check(library))
        clear(library)
    build()
    assert check(library)
    assert litter(library.folder) == []
    assert not soak or seen == {True, False}


def test_push_that_is_killed(
    large: tuple[IndexLibrary, Manifest], place: str, tmp_path: Path, *, soak: bool
) -> None:
    library, manifest = large
    location, chance = location_of(place), random.Random(2)

    def push_it() -> None:
        push(library, manifest, location)

    for number in range(rounds(soak=soak, count=5)):
        kill_at_some_moment(push_it, chance, 0.5)
        there = IndexLibrary(tmp_path / str(number))
        for entry in location.entries(None):
            assert pull(location, entry.name, there) == manifest
            assert check(there)
    push_it()
    assert len(location.entries(None)) == 1
    if not place.startswith("s3://"):
        assert litter(Path(place)) == []


def test_pull_that_is_killed(
    large: tuple[IndexLibrary, Manifest], place: str, tmp_path: Path, *, soak: bool
) -> None:
    library, manifest = large
    location, chance = location_of(place), random.Random(3)
    push(library, manifest, location)
    target = IndexLibrary(tmp_path / "target")

    def fetch() -> Manifest | None:
        return fetch_newest(place, target, manifest.repository)

    def fetch_anew() -> None:
        clear(target)
        fetch()

    for _ in range(rounds(soak=soak, count=5)):
        kill_at_some_moment(fetch_anew, chance, 0.5)
        check(target)
        # The lock has died with its process: nobody waits.
        assert fetch() == manifest
        assert check(target)
        clear(target)
    assert fetch() == manifest
    assert litter(target.folder) == []
