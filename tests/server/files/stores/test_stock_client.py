"""The stock client reads files the same way, wherever they are, whoever sends them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lsst.daf.butler import Butler, DatasetRef
from lsst.resources import ResourcePath

from tests.server.files.stores.conftest import KINDS, PROXIED, REDIRECTED
from tests.support.object_server import ObjectServer
from tests.support.servers import ButleryServer

TYPES = ("note_yaml", "image", "table", "metric", "metric_apart")


@pytest.fixture(params=KINDS)
def label(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def butler(server: ButleryServer, label: str) -> Iterator[Butler]:
    server.label = label
    with server.butler() as butler:
        yield butler


@pytest.fixture
def original(folder: Path) -> Iterator[Butler]:
    with Butler.from_config(str(folder)) as butler:
        yield butler


@pytest.fixture
def refs(original: Butler) -> list[DatasetRef]:
    found = [original.query_datasets(name, "files/run") for name in TYPES]
    zipped = original.query_datasets("note_json", "files/zipped")
    return [*(ref for some in found for ref in some), zipped[0]]


def test_get_gives_the_same(
    butler: Butler, original: Butler, refs: list[DatasetRef]
) -> None:
    for ref in refs:
        assert repr(butler.get(ref)) == repr(original.get(ref))


def test_existence_is_verified(butler: Butler, refs: list[DatasetRef]) -> None:
    for ref in refs:
        assert bool(butler.exists(ref, full_check=True))


def test_lost_file_is_known_to_be_lost(
    butler: Butler, refs: list[DatasetRef], original: Butler
) -> None:
    path = Path(original.getURI(refs[0]).ospath)
    hidden = path.with_suffix(".hidden")
    path.rename(hidden)
    try:
        assert not bool(butler.exists(refs[0], full_check=True))
        with pytest.raises(FileNotFoundError):
            butler.get(refs[0])
    finally:
        hidden.rename(path)


def test_artifacts_are_retrieved(
    butler: Butler, refs: list[DatasetRef], original: Butler, tmp_path: Path
) -> None:
    # It takes the signature off the URLs of zip files, whoever has signed them.
    refs = [ref for ref in refs if ref.run == "files/run"]
    for name, one in (("theirs", original), ("ours", butler)):
        (tmp_path / name).mkdir()
        one.retrieveArtifacts(refs, ResourcePath(tmp_path / name, forceDirectory=True))
    theirs, ours = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file() and "artifacts" not in path.name
        }
        for name in ("theirs", "ours")
    )
    assert len(ours) > len(TYPES)
    assert ours == theirs


def test_urls_lead_to_the_files(
    butler: Butler, refs: list[DatasetRef], original: Butler
) -> None:
    for ref in refs:
        if ref.datasetType.name == "metric_apart":
            continue
        ours, theirs = butler.getURI(ref), original.getURI(ref)
        assert ours.read() == theirs.read()
        assert ours.size() == theirs.size()


def test_datasets_are_transferred(
    butler: Butler, refs: list[DatasetRef], copied: Path
) -> None:
    wanted = [ref for ref in refs if ref.datasetType.name.startswith(("note_y", "met"))]
    with Butler.from_config(str(copied), writeable=True) as target:
        target.pruneDatasets(wanted, purge=True, unstore=True, disassociate=True)
        assert not any(target.exists(ref) for ref in wanted)
        target.transfer_from(butler, wanted, transfer="copy")
        for ref in wanted:
            assert repr(target.get(ref)) == repr(butler.get(ref))


def test_way_of_each_kind(
    server: ButleryServer,
    store: ObjectServer,
    butler: Butler,
    label: str,
    refs: list[DatasetRef],
) -> None:
    url = urlsplit(str(butler.getURI(refs[0])))
    is_ours = url.port == server.port
    assert is_ours == (label in (*PROXIED, *REDIRECTED, "local"))
    assert is_ours or url.port == urlsplit(store.url).port
    with_head = ResourcePath(str(butler.getURI(refs[0])))
    assert with_head.exists()


def test_ranges_are_read_by_readers_of_ranges(
    butler: Butler, refs: list[DatasetRef], original: Butler
) -> None:
    table = next(ref for ref in refs if ref.datasetType.name == "image")
    with original.getURI(table).open("rb") as file:
        whole = file.read()
    resource = ResourcePath(str(butler.getURI(table)))
    fs, path = resource.to_fsspec()
    assert fs.cat_file(path, start=10, end=30) == whole[10:30]
    with fs.open(path, block_size=64) as file:
        file.seek(len(whole) - 16)
        assert file.read() == whole[-16:]
