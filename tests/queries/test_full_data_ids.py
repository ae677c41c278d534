"""Datasets whose data ID is fully given need no worker.

The server has no workers: what it does not know itself is 501.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lsst.daf.butler import Butler, ButlerUserError, DatasetRef
from lsst.daf.butler._collection_type import CollectionType
from lsst.daf.butler.remote_butler._http_connection import ButlerServerError

from tests.queries.serving import nursery_of, serve
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

CASES = ("base-sqlite", "spatial-postgresql")
_NOT_KNOWN = 501


@pytest.fixture(scope="module")
def roots(repositories: RepositoryShelf) -> dict[str, Path]:
    return {
        "base-sqlite": repositories.get("base"),
        "spatial-postgresql": repositories.get("spatial", "postgresql"),
    }


@pytest.fixture(scope="module")
def server(
    roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(tmp_path_factory.mktemp("server"), roots, "workers = 0")
    yield server
    assert nursery_of(server) is None
    server.stop()


@pytest.fixture(scope="module", params=CASES)
def butlers(
    request: pytest.FixtureRequest, server: ButleryServer, roots: dict[str, Path]
) -> Iterator[tuple[Butler, Butler]]:
    direct = Butler.from_config(str(roots[request.param]))
    remote = Butler.from_config(f"{server.url}/api/butler/repo/{request.param}")
    with direct, remote:
        yield direct, remote


def _all_refs(butler: Butler) -> list[DatasetRef]:
    found = butler.query_all_datasets("*", find_first=False, limit=None)
    return sorted(found, key=lambda ref: str(ref.id))


def _plain(refs: list[DatasetRef]) -> list[str]:
    return sorted(
        repr((ref.id, ref.run, ref.dataId.mapping, ref.datasetType, _records(ref)))
        for ref in refs
    )


def _records(ref: DatasetRef) -> Any:
    if not ref.dataId.hasRecords():
        return None
    return [ref.dataId.records[name] for name in ref.dataId.dimensions.elements]


class Wanted:
    """A random question about datasets like one that there is."""

    def __init__(
        self, ref: DatasetRef, collections: list[str], random: Random, butler: Butler
    ) -> None:
        self.name = ref.datasetType.name
        self.data_id = dict(ref.dataId.required)
        self._change(butler, ref, random)
        self.collections = random.sample(collections, random.choice([1, 1, 2, 4]))
        self.find_first = random.random() < 0.6
        self.records = random.random() < 0.3
        self.limit = random.choice([None, 0, 1, 20_000])
        self.is_counted = self.find_first or random.random() < 0.1

    def _change(self, butler: Butler, ref: DatasetRef, random: Random) -> None:
        full = butler.registry.expandDataId(ref.dataId)
        if random.random() < 0.3:
            self.data_id = dict(full.mapping)
        if random.random() < 0.2 and self.data_id:
            key = random.choice(sorted(self.data_id))
            is_text = isinstance(self.data_id[key], str)
            self.data_id[key] = "elsewhere" if is_text else 99

    def refs(self, butler: Butler) -> Any:
        """Return what is found, in two ways, how many, and whether there is any."""
        found = butler.query_datasets(
            self.name,
            self.collections,
            find_first=self.find_first,
            data_id=self.data_id,
            with_dimension_records=self.records,
            limit=self.limit,
            explain=False,
        )
        with butler.query() as query:
            joined = query.join_dataset_search(self.name, self.collections)
            joined = joined.where(self.data_id)
            results = joined.datasets(self.name, find_first=self.find_first)
            found_rows = results.any()
            count = results.limit(self.limit).count() if self.is_counted else None
        return _plain(found), count, found_rows


def _outcome(butler: Butler, wanted: Wanted) -> Any:
    try:
        return wanted.refs(butler)
    except ButlerUserError as error:
        return type(error)
    except ButlerServerError as error:
        assert error.status_code == _NOT_KNOWN  # noqa: PT017 - an answer as well
        return _NOT_KNOWN


def test_random_data_ids(butlers: tuple[Butler, Butler], *, soak: bool) -> None:
    direct, remote = butlers
    random = Random(20_260_102)
    refs = _all_refs(direct)
    collections = [
        name
        for name in sorted(direct.collections.query("*"))
        if not any(
            info.type is CollectionType.CALIBRATION
            for info in direct.collections.query_info(name, flatten_chains=True)
        )
    ]
    known, number = 0, 1000 if soak else 60
    for _ in range(number):
        wanted = Wanted(random.choice(refs), collections, random, direct)
        found = _outcome(remote, wanted)
        if found is not _NOT_KNOWN:
            assert found == _outcome(direct, wanted), vars(wanted)
            known += 1
    assert known > 0.4 * number


def test_datasets_that_come_and_go_are_seen_at_once(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    root = repositories.copy("base")
    server = serve(tmp_path, {"repo": root}, "workers = 0")
    data_id = {"instrument": "Cam1", "detector": 4}
    try:
        with Butler.from_config(str(root), writeable=True) as direct:
            direct.registry.registerRun("new")
            with server.butler() as remote:

                def find() -> list[DatasetRef]:
                    return remote.query_datasets(
                        "bias", "new", data_id=data_id, explain=False
                    )

                assert find() == []
                (ref,) = direct.registry.insertDatasets("bias", [data_id], run="new")
                assert find() == [ref]
                direct.registry.removeDatasets([ref])
                assert find() == []
                insert = direct.registry.insertDimensionData
                insert("detector", {**_CAM, "id": 77, "full_name": "X"})
                ids = remote.query_data_ids(
                    "detector", where="detector=77", data_id=_CAM
                )
                assert len(ids) == 1
    finally:
        server.stop()


_CAM = {"instrument": "Cam1"}
