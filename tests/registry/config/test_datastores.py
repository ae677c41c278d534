"""Datastores have the names, roots and tables that DirectButler gives them."""

from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler import Butler, Config

from butlery.registry import DatastoreConfig, RepositoryError, load_repository_config
from tests.registry.config.conftest import write_yaml

FILE = "lsst.daf.butler.datastores.fileDatastore.FileDatastore"
CHAIN = "lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore"
MEMORY = "lsst.daf.butler.datastores.inMemoryDatastore.InMemoryDatastore"


def read(tmp_path: Path, datastore: Any) -> tuple[DatastoreConfig, ...]:
    path = write_yaml(tmp_path / "butler.yaml", {"datastore": datastore})
    return load_repository_config(path).datastores


def test_chain_is_read_as_directbutler_reads_it(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    children = [
        {"datastore": {"cls": MEMORY}},
        {"datastore": {"cls": FILE, "root": "<butlerRoot>/one"}},
        {"datastore": {"cls": FILE, "root": f"{tmp_path}/else where", "name": "two"}},
    ]
    config = Config({"datastore": {"cls": CHAIN, "datastores": children}})
    for number in (1, 2):
        place: Any = ("datastore", "datastores", number, "datastore", "records")
        config[place] = {"table": f"records_{number}"}
    Butler.makeRepo(str(root), config, forceConfigRoot=False)
    with Butler.from_config(str(root), writeable=True) as butler:
        chain: Any = butler._datastore
        direct = [d for d in chain.datastores if "InMemory" not in d.name]
    ours = load_repository_config(str(root)).datastores
    assert [d.name for d in ours] == [d.name for d in direct]
    assert [f"{d.root}/" for d in ours] == [d.root.ospath for d in direct]
    assert [d.records_table for d in ours] == ["records_1", "records_2"]


def test_chain_made_by_makerepo_has_the_names_it_writes(tmp_path: Path) -> None:
    chain = Config({"datastore": {"cls": CHAIN, "datastores": [{}, {}]}})
    for number in (0, 1):
        place: Any = ("datastore", "datastores", number)
        chain[place] = {"cls": FILE, "records": {"table": f"records_{number}"}}
    root = tmp_path / "repo"
    Butler.makeRepo(str(root), chain)
    names = [d.name for d in load_repository_config(str(root)).datastores]
    assert names == [f"FileDatastore@<butlerRoot>/FileDatastore_{n}" for n in (0, 1)]


def test_chain_in_a_chain_is_asked_in_order(tmp_path: Path) -> None:
    def store(name: str) -> dict[str, Any]:
        return {"cls": FILE, "name": name, "records": {"table": f"of_{name}"}}

    inner = {"cls": CHAIN, "datastores": [store("b"), {"datastore": store("c")}]}
    outer = {"cls": CHAIN, "datastores": [store("a"), inner, store("d")]}
    assert [d.name for d in read(tmp_path, outer)] == ["a", "b", "c", "d"]


def test_in_memory_datastores_are_skipped_but_not_alone(tmp_path: Path) -> None:
    both = {"cls": CHAIN, "datastores": [{"cls": MEMORY}, {"cls": FILE}]}
    assert len(read(tmp_path, both)) == 1
    for alone in ({"cls": MEMORY}, {"cls": CHAIN, "datastores": [{"cls": MEMORY}]}):
        with pytest.raises(RepositoryError, match="only in-memory datastores"):
            read(tmp_path, alone)


def test_chain_of_nothing_is_refused_as_that(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        read(tmp_path, {"cls": CHAIN, "datastores": []})


def test_datastore_that_has_no_files_is_refused_by_its_class(tmp_path: Path) -> None:
    datastore = {"cls": "lsst.daf.butler.datastores.sasquatch.SasquatchDatastore"}
    with pytest.raises(RepositoryError, match="SasquatchDatastore is not file-backed"):
        read(tmp_path, datastore)


def test_datastores_that_share_a_records_table_are_refused(tmp_path: Path) -> None:
    chain = {"cls": CHAIN, "datastores": [{"cls": FILE}, {"cls": FILE, "name": "b"}]}
    with pytest.raises(RepositoryError, match="share a records table"):
        read(tmp_path, chain)


@pytest.mark.parametrize(
    ("template", "root"),
    [
        ("<butlerRoot>", "{tmp}"),
        ("<butlerRoot>/a b/", "{tmp}/a b"),
        ("{tmp}/a%20b", "{tmp}/a%20b"),
        ("file://{tmp}/a%20b", "{tmp}/a b"),
        ("$SOMEWHERE/x", "{tmp}/place/x"),
        ("~/x", "{tmp}/home/x"),
        ("s3://profile@bucket/prefix/", "s3://profile@bucket/prefix/"),
        ("https://host.example/$SOMEWHERE/", "https://host.example/$SOMEWHERE/"),
    ],
)
def test_root_is_expanded_as_far_as_butler_expands_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, root: str
) -> None:
    monkeypatch.setenv("SOMEWHERE", f"{tmp_path}/place")
    written = template.replace("{tmp}", str(tmp_path))
    (datastore,) = read(tmp_path, {"root": written})
    assert datastore.root == root.replace("{tmp}", str(tmp_path))
    assert datastore.name == f"FileDatastore@{written}"
