"""Folders and object stores bring whole indexes from machine to machine."""

import os
from pathlib import Path

import pytest

from butlery.cache.index import IndexLibrary, Manifest, UnusableIndexError
from butlery.cache.index.locations import Location, location_of, pull, push
from butlery.cache.index.manifest import MANIFEST_SUFFIX, SUFFIX
from tests.cache.index.indexing import litter, publish_bytes
from tests.cache.index.object_store import ObjectStore


@pytest.fixture
def location(place: str) -> Location:
    return location_of(place)


def spoil(place: str, name: str, store: ObjectStore, content: bytes | None) -> None:
    """Replace, or remove, a file of a location."""
    if not place.startswith("s3://"):
        path = Path(place) / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        return
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    key = f"{prefix}/{name}"
    if content is None:
        store.client.delete_object(Bucket=bucket, Key=key)
    else:
        store.client.put_object(Bucket=bucket, Key=key, Body=content)


def test_index_goes_there_and_back(
    location: Location, library: IndexLibrary, manifest: Manifest, tmp_path: Path
) -> None:
    pushed: list[int] = []
    push(library, manifest, location, pushed.append)
    (entry,) = location.entries(manifest.repository)
    assert (entry.name, entry.size_bytes) == (manifest.name, manifest.size_bytes)
    assert location.manifest(entry.name) == manifest
    other, pulled = IndexLibrary(tmp_path / "other"), list[int]()
    assert pull(location, entry.name, other, pulled.append) == manifest
    assert sum(pushed) == sum(pulled) == manifest.size_bytes
    assert other.state(manifest) == ("verified", "")
    other.verify(manifest)
    assert litter(other.folder) == []


def test_indexes_of_other_repositories_are_not_listed(
    location: Location, tmp_path: Path
) -> None:
    library = IndexLibrary(tmp_path / "library")
    for repository in ("a1", "a1b2", "c3"):
        content = repository.encode()
        push(library, publish_bytes(library, content, repository), location)
    for wanted, count in (("a1", 1), ("a1b2", 1), ("a", 0), (None, 3)):
        assert len(location.entries(wanted)) == count


def test_damaged_index_is_not_pushed(
    location: Location, library: IndexLibrary, manifest: Manifest
) -> None:
    path = library.path(manifest)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UnusableIndexError, match=manifest.name):
        push(library, manifest, location)
    assert location.entries(None) == []


@pytest.mark.parametrize("content", [b"", b"other", None], ids=["empty", "x", "none"])
def test_damaged_index_is_not_pulled(
    place: str,
    location: Location,
    library: IndexLibrary,
    manifest: Manifest,
    object_store: ObjectStore,
    tmp_path: Path,
    content: bytes | None,
) -> None:
    push(library, manifest, location)
    spoil(place, manifest.name + SUFFIX, object_store, content)
    other = IndexLibrary(tmp_path / "other")
    error = OSError if content is None else UnusableIndexError
    with pytest.raises(error, match=r"what came is not|No such file|NoSuchKey"):
        pull(location, manifest.name, other)
    assert other.manifests() == ([], [])
    if content is not None:
        assert litter(other.folder) == []


def test_damaged_manifest_is_refused_by_name(
    place: str,
    location: Location,
    library: IndexLibrary,
    manifest: Manifest,
    object_store: ObjectStore,
) -> None:
    push(library, manifest, location)
    spoil(place, manifest.name + MANIFEST_SUFFIX, object_store, b'{"format": 1')
    with pytest.raises(UnusableIndexError, match=manifest.name):
        location.manifest(manifest.name)


def test_place_that_cannot_be_reached_is_a_clear_error(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OSError, match=r"s3://no-such-bucket/x: .*NoSuchBucket"):
        location_of("s3://no-such-bucket/x").entries(None)
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(OSError, match=r"s3://bucket/away: .*127\.0\.0\.1:9"):
        location_of("s3://bucket/away").entries(None)
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        location_of(str(tmp_path / "none")).entries(None)


@pytest.mark.parametrize("text", ["https://host/x", "s3://", "s3:///x", "ftp://x"])
def test_text_that_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        location_of(text)


def test_profile_says_endpoint_and_credentials(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in os.environ.keys() & object_store.environment.keys():
        monkeypatch.delenv(name)
    host = object_store.environment["S3_ENDPOINT_URL"].removeprefix("http://")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("LSST_RESOURCES_S3_PROFILE_ours", f"http://any:any@{host}")
    library = IndexLibrary(tmp_path)
    bucket = object_store.new_bucket()
    location = location_of(f"s3://ours@{bucket}")
    push(library, publish_bytes(library, b"content"), location)
    assert len(object_store.keys(bucket)) == 2
