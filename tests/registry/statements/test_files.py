"""File records, as they may stand in databases of any age."""

from contextlib import AsyncExitStack
from uuid import UUID

import pytest
import yaml
from lsst.daf.butler import Butler

from butlery.cache import Repository
from butlery.registry import FileRecord
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

TABLE = "file_datastore_records"
ABSENT = "'__NULL_STRING__'"


def ids_of(own: OwnRepository, name: str) -> list[UUID]:
    with Butler.from_config(str(own.root)) as butler:
        return [ref.id for ref in butler.query_datasets(name, "files/run")]


async def files_of(repository: Repository, id_: UUID) -> tuple[FileRecord, ...]:
    await repository.keeper.check()
    dataset = await repository.get_files(id_)
    assert dataset is not None
    return dataset.files


@pytest.mark.parametrize(
    ("column", "stored", "expected"),
    [
        ("component", ABSENT, None),
        ("component", "''", None),
        ("component", "'summary'", "summary"),
        ("file_size", "NULL", -1),
        ("file_size", "0", 0),
        ("file_size", "9007199254740993", 9007199254740993),
        ("checksum", "NULL", None),
        ("checksum", f"'{'0a' * 64}'", "0a" * 64),
        (
            "path",
            "'a \"b\" \\ ''c'' #zip-path=Größe'",
            "a \"b\" \\ 'c' #zip-path=Größe",
        ),
    ],
)
async def test_record_is_read_as_it_was_meant(
    shared: OwnRepository,
    repository: Repository,
    column: str,
    stored: str,
    expected: object,
) -> None:
    id_ = ids_of(shared, "note_yaml")[0]
    where = f"WHERE dataset_id = {shared.literal(id_)}"
    shared.execute(f"UPDATE {TABLE} SET {column} = {stored} {where}")
    (file,) = await files_of(repository, id_)
    assert getattr(file, column) == expected


async def test_components_come_sorted_by_name(
    shared: OwnRepository, repository: Repository
) -> None:
    for id_ in ids_of(shared, "metric_apart"):
        files = await files_of(repository, id_)
        assert [f.component for f in files] == ["data", "output", "summary"]


async def test_first_datastore_of_a_chain_that_has_records_answers(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    first, second = ids_of(own_repository, "note_yaml")
    own_repository.execute(f"CREATE TABLE other AS SELECT * FROM {TABLE}")
    own_repository.execute("UPDATE other SET path = 'other/' || path")
    own_repository.execute("INSERT INTO opaque_meta VALUES ('other')")
    literal = own_repository.literal(first)
    own_repository.execute(f"DELETE FROM {TABLE} WHERE dataset_id = {literal}")
    use_chain(own_repository, TABLE, "missing", "other")
    repository = await open_repository(closing_stack, own_repository.root)
    (moved,) = await files_of(repository, first)
    (kept,) = await files_of(repository, second)
    assert (moved.datastore, moved.path[:6]) == (2, "other/")
    assert (kept.datastore, kept.path[:6]) == (0, "files/")


def use_chain(own: OwnRepository, *tables: str) -> None:
    file = own.root / "butler.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    children = [{"name": t, "records": {"table": t}} for t in tables]
    cls = "lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore"
    document["datastore"] = {"cls": cls, "datastores": children}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")


async def test_dataset_whose_records_are_gone_has_no_files(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    id_ = ids_of(own_repository, "note_yaml")[0]
    own_repository.execute(f"DELETE FROM {TABLE}")
    repository = await open_repository(closing_stack, own_repository.root)
    assert await files_of(repository, id_) == ()
