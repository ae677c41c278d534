"""What is read and copied is what daf_butler reads and copies, from the same server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from lsst.daf.butler import Butler as StockButler
from lsst.resources import ResourcePath

from butlery.client import (
    Butler,
    DatasetNotFoundError,
    DatasetRef,
    UnknownComponentError,
)
from tests.support.clients import Side
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

PLACES = {
    "whole": ("metric", "files/run"),
    "apart": ("metric_apart", "files/run"),
    "zipped": ("note_json", "files/zipped"),
}


class Scene(NamedTuple):
    url: str
    stock: Any
    direct: Any
    refs: dict[str, list[DatasetRef]]


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    root = repositories.get("base")
    server = ButleryServer.start(root)
    url = server.repository_url()
    with server.butler() as stock, Butler(url) as butler:
        refs = {
            name: sorted(
                butler.get_many_datasets(
                    [each.id for each in stock.query_datasets(*place)]
                )
            )
            for name, place in PLACES.items()
        }
        with StockButler.from_config(str(root)) as direct:
            yield Scene(url, stock, direct, refs)
    server.stop()


def _stock_refs(scene: Scene, refs: list[DatasetRef]) -> list[Any]:
    return [scene.stock.get_dataset(each.id) for each in refs]


def _below(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file() and each.name != "_butler_zip_index.json"
    }


def test_a_dataset_in_components_is_a_dictionary_of_them(
    side: Side, scene: Scene
) -> None:
    ref = scene.refs["apart"][0]
    (stock,) = _stock_refs(scene, [ref])

    found = side.call(scene.url, lambda b: b.get(ref))

    assert sorted(found) == ["data", "output", "summary"]
    for name, value in found.items():
        assert value == scene.stock.get(stock.makeComponentRef(name))


def test_a_component_is_read_from_its_own_file(side: Side, scene: Scene) -> None:
    ref = scene.refs["apart"][0]
    expected = side.call(scene.url, lambda b: b.get(ref))["summary"]

    by_ref = side.call(scene.url, lambda b: b.get(ref.makeComponentRef("summary")))
    by_name = side.call(
        scene.url,
        lambda b: b.get("metric_apart.summary", ref.dataId, collections=ref.run),
    )
    content = side.call(
        scene.url,
        lambda b: b.read_bytes("metric_apart.summary", ref.dataId, collections=ref.run),
    )

    assert by_ref == by_name == expected == yaml.safe_load(content)


def test_a_component_that_is_none_is_an_error(side: Side, scene: Scene) -> None:
    ref = scene.refs["apart"][0]

    with pytest.raises(UnknownComponentError, match="summary"):
        side.call(scene.url, lambda b: b.get(ref.makeComponentRef("nothing")))
    with pytest.raises(UnknownComponentError, match="ask for one"):
        side.call(scene.url, lambda b: b.read_bytes(ref))


def test_bytes_are_reachable_for_any_label(side: Side, scene: Scene) -> None:
    ref = scene.refs["whole"][0]
    (stock,) = _stock_refs(scene, [ref])
    expected = scene.stock.getURI(stock).read()

    assert side.call(scene.url, lambda b: b.read_bytes(ref)) == expected
    handle = side.call(scene.url, lambda b: b.open_file(ref))
    handle.seek(5)
    assert handle.read() == expected[5:]


def test_a_member_of_a_zip_is_a_file_like_any_other(side: Side, scene: Scene) -> None:
    refs = scene.refs["zipped"]
    expected = [scene.stock.get(each) for each in _stock_refs(scene, refs)]

    found = side.call(scene.url, lambda b: b.get_many(refs))

    assert found == expected


def test_a_handle_reads_later(side: Side, scene: Scene) -> None:
    ref = scene.refs["apart"][0]
    whole = side.call(scene.url, lambda b: b.get(ref))

    def use(butler: Any) -> Any:
        if side.is_async:
            return _deferred(butler, ref)
        handle = butler.getDeferred(ref)
        return handle.get(component="data"), handle.get()

    assert side.call(scene.url, use) == (whole["data"], whole)


async def _deferred(butler: Any, ref: DatasetRef) -> Any:
    handle = await butler.getDeferred(ref)
    return await handle.get(component="data"), await handle.get()


def test_what_is_not_there_is_not_deferred(side: Side, scene: Scene) -> None:
    ref = scene.refs["zipped"][-1]
    with pytest.raises(DatasetNotFoundError):
        side.call(
            scene.url,
            lambda b: b.getDeferred(
                "metric", dict(ref.dataId), collections="files/run"
            ),
        )


@pytest.mark.parametrize("preserve_path", [True, False])
@pytest.mark.parametrize("name", PLACES)
def test_artifacts_go_where_the_stock_client_puts_them(
    side: Side, scene: Scene, tmp_path: Path, name: str, *, preserve_path: bool
) -> None:
    refs = scene.refs[name]
    stock, ours = tmp_path / "stock", tmp_path / "ours"
    stock.mkdir()
    ours.mkdir()
    # The stock client asks for zip files without what signs their URLs.
    butler = scene.direct if name == "zipped" else scene.stock
    butler.retrieveArtifacts(
        _stock_refs(scene, refs), str(stock), preserve_path=preserve_path
    )

    paths = side.call(
        scene.url,
        lambda b: b.retrieveArtifacts(refs, ours, preserve_path=preserve_path),
    )

    assert _below(ours) == _below(stock)
    assert sorted(paths) == sorted(ours / each for each in _below(stock))


def test_a_file_that_is_there_is_refused_unless_it_may_be_replaced(
    side: Side, scene: Scene, tmp_path: Path
) -> None:
    refs = scene.refs["whole"][:1]
    (path,) = side.call(scene.url, lambda b: b.retrieveArtifacts(refs, tmp_path))
    path.write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        side.call(scene.url, lambda b: b.retrieveArtifacts(refs, tmp_path))
    assert path.read_bytes() == b"mine"

    side.call(scene.url, lambda b: b.retrieveArtifacts(refs, tmp_path, overwrite=True))
    assert path.read_bytes() != b"mine"


def test_a_destination_is_a_folder(side: Side, scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no folder"):
        side.call(scene.url, lambda b: b.retrieveArtifacts([], tmp_path / "nothing"))
    with pytest.raises(ValueError, match="transfer"):
        side.call(
            scene.url, lambda b: b.retrieveArtifacts([], tmp_path, transfer="move")
        )


def test_the_stock_client_refuses_the_same(scene: Scene, tmp_path: Path) -> None:
    assert isinstance(scene.stock, StockButler)
    with pytest.raises(ValueError, match="directory"):
        scene.stock.retrieveArtifacts([], str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match="transfer"):
        scene.stock.retrieveArtifacts([], str(tmp_path), transfer="move")


def test_folder_may_be_named_by_a_uri_of_this_machine(
    scene: Scene, side: Side, tmp_path: Path
) -> None:
    refs = scene.refs["whole"][:1]
    folder = tmp_path / "with space"
    folder.mkdir()
    spelled = [folder.as_uri(), ResourcePath(str(folder), forceDirectory=True)]

    def retrieve(butler: Any) -> Any:
        return butler.retrieveArtifacts(refs, spelled.pop(), overwrite=True)

    while spelled:
        (path,) = side.call(scene.url, retrieve)
        assert path.is_relative_to(folder)
        path.unlink()


@pytest.mark.parametrize("name", ["retrieveArtifacts", "download_many"])
@pytest.mark.parametrize(
    "place", ["s3://bucket/x/", "https://a.example/x/", "file:///a?b", "file:"]
)
def test_folder_elsewhere_is_refused(
    scene: Scene, side: Side, place: str, name: str
) -> None:
    with pytest.raises(ValueError, match="no folder of this machine"):
        side.call(scene.url, lambda butler: getattr(butler, name)([], place))
