"""A checksum that is recorded is handed out, for one file and for many, and checked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from butlery.client import Butler, DatasetRef, DownloadError, FileIntegrityError
from tests.support.clients import Side
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

UPDATE = "UPDATE file_datastore_records SET checksum = ? WHERE dataset_id = ?"


class Scene(NamedTuple):
    url: str
    good: DatasetRef
    bad: DatasetRef


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    root = repositories.copy("base")
    server = ButleryServer.start(root)
    with server.butler() as stock, Butler(server.repository_url()) as butler:
        ids = [ref.id for ref in stock.query_datasets("metric", "files/run")]
        good, bad = butler.get_many_datasets(ids)
        checksum = blake2b(butler.read_bytes(good)).hexdigest()
    server.stop()
    _record(root, {good: checksum, bad: checksum})
    server = ButleryServer.start(root)
    yield Scene(server.repository_url(), good, bad)
    server.stop()


def _record(root: Path, checksums: dict[DatasetRef, str]) -> None:
    with closing(sqlite3.connect(root / "gen3.sqlite3")) as database:
        for ref, checksum in checksums.items():
            rows = database.execute(UPDATE, (checksum, ref.id.hex)).rowcount
            assert rows == 1
        database.commit()


def test_a_read_is_checked(side: Side, scene: Scene) -> None:
    assert side.call(scene.url, lambda b: b.read_bytes(scene.good))
    with pytest.raises(FileIntegrityError, match="checksum"):
        side.call(scene.url, lambda b: b.read_bytes(scene.bad))


def test_many_downloads_are_checked(side: Side, scene: Scene, tmp_path: Path) -> None:
    def use(butler: Any) -> Any:
        return butler.download_many([scene.good, scene.bad], tmp_path)

    with pytest.raises(DownloadError, match="1 of 2 failed") as error:
        side.call(scene.url, use)

    (failed,) = error.value.failed
    assert failed.id == scene.bad.id
    assert isinstance(failed.error, FileIntegrityError)
    assert "checksum" in str(failed.error)
