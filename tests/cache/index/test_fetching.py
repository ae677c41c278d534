"""A library fetches what it lacks, once, and nothing that is known to be damaged."""

import multiprocessing
import os
import time
from pathlib import Path
from unittest import mock

import pytest

from butlery.cache.index import (
    IndexLibrary,
    Manifest,
    UnusableIndexError,
    fetch_newest,
)
from butlery.cache.index.locations import Location, pull
from butlery.cache.index.locations import fetching as fetching_module
from butlery.cache.index.manifest import MANIFEST_SUFFIX
from tests.cache.index.indexing import publish_bytes


@pytest.fixture
def source(tmp_path: Path) -> IndexLibrary:
    (tmp_path / "location").mkdir()
    return IndexLibrary(tmp_path / "location")


@pytest.fixture
def target(tmp_path: Path) -> IndexLibrary:
    return IndexLibrary(tmp_path / "target")


@pytest.fixture
def pulled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each name that is fetched."""
    seen: list[str] = []

    def noted(place: Location, name: str, library: IndexLibrary) -> Manifest:
        seen.append(name)
        return pull(place, name, library)

    monkeypatch.setattr(fetching_module, "pull", noted)
    return seen


def publish(source: IndexLibrary, content: bytes, seconds: float) -> Manifest:
    manifest = publish_bytes(source, content)
    path = source.folder / (manifest.name + MANIFEST_SUFFIX)
    os.utime(path, (seconds, seconds))
    return manifest


def spoil(library: IndexLibrary, manifest: Manifest) -> None:
    path = library.path(manifest)
    path.chmod(0o644)
    path.write_bytes(b"x" * path.stat().st_size)


def fetch(source: IndexLibrary, target: IndexLibrary) -> Manifest | None:
    return fetch_newest(str(source.folder), target, "a1b2", patience_seconds=60)


def test_newest_is_fetched_once(
    source: IndexLibrary, target: IndexLibrary, pulled: list[str]
) -> None:
    assert fetch(source, target) is None
    publish(source, b"older", 1e9)
    newest = publish(source, b"newest", 2e9)
    publish_bytes(source, b"of others", repository="c3")
    for _ in range(3):
        assert fetch(source, target) == newest
        assert fetch(source, IndexLibrary(target.folder)) == newest
    assert pulled == [newest.name]
    assert target.newest("a1b2", None) == (newest, [])


def test_what_was_spoilt_here_is_fetched_again(
    source: IndexLibrary, target: IndexLibrary, pulled: list[str]
) -> None:
    newest = publish(source, b"newest", 1e9)
    assert fetch(source, target) == newest
    spoil(target, newest)
    assert target.newest("a1b2", None)[0] is None
    assert fetch(source, target) == newest
    assert target.newest("a1b2", None) == (newest, [])
    assert len(pulled) == 2


def test_what_is_damaged_there_is_fetched_once_until_it_is_pushed_again(
    source: IndexLibrary, target: IndexLibrary, pulled: list[str]
) -> None:
    older = publish(source, b"older", 1e9)
    newest = publish(source, b"newest", 2e9)
    spoil(source, newest)
    for _ in range(3):
        assert fetch(source, target) == older
    assert pulled == [newest.name, older.name]
    publish(source, b"newest", 3e9)
    assert fetch(source, target) == newest


def test_location_without_anything_usable_says_why_each_time(
    source: IndexLibrary, target: IndexLibrary, pulled: list[str]
) -> None:
    spoilt = publish(source, b"spoilt", 1e9)
    lost = publish(source, b"lost", 2e9)
    spoil(source, spoilt)
    source.path(lost).unlink()
    for _ in range(2):
        with pytest.raises(UnusableIndexError) as caught:
            fetch(source, target)
        assert f"{spoilt.name}: what came is not" in str(caught.value)
        assert f"{lost.name}: it has a manifest and no file" in str(caught.value)
    assert pulled == [spoilt.name]


def test_unknown_repository_needs_a_location_of_one(
    source: IndexLibrary, target: IndexLibrary
) -> None:
    newest = publish(source, b"newest", 1e9)
    assert fetch_newest(str(source.folder), target, None) == newest
    publish_bytes(source, b"of others", repository="c3")
    with pytest.raises(UnusableIndexError, match="several repositories"):
        fetch_newest(str(source.folder), target, None)


@pytest.mark.parametrize("place", ["https://host/x", "s3://", "relative/none"])
def test_place_that_is_none_is_a_clear_error(target: IndexLibrary, place: str) -> None:
    with pytest.raises((UnusableIndexError, OSError), match=place):
        fetch_newest(place, target, "a1b2")


def fetch_in_process(
    source: Path, target: Path, pulls: "multiprocessing.Queue[str]"
) -> None:
    def slowly(place: Location, name: str, library: IndexLibrary) -> Manifest:
        pulls.put(name)
        time.sleep(0.5)  # so that the others come meanwhile
        return pull(place, name, library)

    with mock.patch.object(fetching_module, "pull", slowly):
        assert fetch(IndexLibrary(source), IndexLibrary(target)) is not None


def test_processes_that_want_it_at_once_fetch_it_once(
    source: IndexLibrary, target: IndexLibrary
) -> None:
    newest = publish(source, b"newest" * 100_000, 1e9)
    context = multiprocessing.get_context("fork")
    pulls = context.Queue()
    processes = [
        context.Process(
            target=fetch_in_process, args=(source.folder, target.folder, pulls)
        )
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert pulls.get(timeout=5) == newest.name
    assert pulls.empty()


def test_process_that_hangs_is_waited_for_so_long(
    source: IndexLibrary, target: IndexLibrary
) -> None:
    publish(source, b"newest", 1e9)
    seconds = iter(range(1_000))
    slept: list[float] = []
    target.folder.mkdir()
    with (
        fetching_module._alone(target.folder, 1, time.monotonic, time.sleep),
        pytest.raises(TimeoutError, match="another process has been fetching"),
    ):
        fetch_newest(
            str(source.folder),
            target,
            "a1b2",
            patience_seconds=30,
            clock=lambda: float(next(seconds)),
            sleep=slept.append,
        )
    assert len(slept) == 30
