"""The repositories of the tests hold what other tests look for in them."""

from pathlib import Path

import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf, make_repository


def test_repository_has_every_sort_of_collection_and_file(
    repositories: RepositoryShelf,
) -> None:
    with Butler.from_config(str(repositories.get("base"))) as butler:
        infos = butler.collections.query_info("*", include_doc=True)
        assert {info.type for info in infos} == set(CollectionType)
        assert any(info.doc for info in infos)
        refs = butler.query_all_datasets("files/*", find_first=False, limit=None)
        assert len(refs) > 10
        for ref in refs:
            assert butler.get(ref) is not None
        fragments = {butler.getURIs(ref).primaryURI for ref in refs}
        assert any(uri is None for uri in fragments), "nothing is disassembled"
        assert any(uri and "zip-path" in uri.fragment for uri in fragments)
        assert any(uri and "outside" in uri.path for uri in fragments)


def test_copy_is_independent_of_its_original(repositories: RepositoryShelf) -> None:
    copy = repositories.copy("base")
    with Butler.from_config(str(copy), writeable=True) as butler:
        butler.collections.register("only/here")
        ref = butler.query_datasets("note_yaml", "files/run")[0]
        assert str(copy) in str(butler.getURI(ref))
    with Butler.from_config(str(repositories.get("base"))) as butler:
        assert not butler.collections.query("only/*")


@pytest.mark.parametrize("universe", [0, 2, 5, 6])
def test_old_universes_can_be_built(tmp_path: Path, universe: int) -> None:
    root = make_repository(tmp_path / "repo", "base", universe=universe)
    with Butler.from_config(str(root)) as butler:
        assert butler.dimensions.version == universe
        assert butler.query_datasets("raw", "runs/first")


def test_namespaces_share_a_database(tmp_path: Path, postgres: PostgresCluster) -> None:
    for name in ("one", "two"):
        root = make_repository(
            tmp_path / name,
            "base",
            postgres=postgres,
            namespace=name,
            collections="name",
            ingest_date="timestamp",
        )
        with Butler.from_config(str(root)) as butler:
            assert len(butler.query_datasets("bias", "imported_g")) == 3
    sql = "SELECT data_type FROM information_schema.columns WHERE table_schema = 'two'"
    date = f"{sql} AND column_name = 'ingest_date'"
    types = postgres.execute(date, database="shared")
    assert types == [("timestamp without time zone",)]
