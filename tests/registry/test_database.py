"""No connection can write, whatever statement reaches it."""

import os
import sqlite3
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text, true
from sqlalchemy.exc import DBAPIError

from butlery.cache import Repository
from butlery.protocol.errors import UnavailableError
from butlery.registry import RepositoryError, StaleDefinitionsError
from butlery.registry.moment import Marked
from tests.registry.opening import OwnRepository, open_repository
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

WRITES = [
    "INSERT INTO collection (name, type) VALUES ('new', 1)",
    "UPDATE collection SET doc = 'changed'",
    "DELETE FROM opaque_meta",
    "CREATE TABLE mine (i integer)",
    "DROP TABLE collection_chain",
]


def statement(sql: str) -> Marked:
    """Return any SQL as if it were a lookup's."""
    marked = Marked(select(true()), "sqlite")
    marked.statement = text(sql)  # type: ignore[assignment]
    return marked


@pytest.mark.parametrize("sql", WRITES)
async def test_no_kind_of_connection_writes(
    shared: OwnRepository, repository: Repository, sql: str
) -> None:
    before = shared.rows("SELECT * FROM collection ORDER BY name")
    database = repository.registry.database
    with pytest.raises(UnavailableError):
        await database.fetch(statement(sql), {})
    lent = [await database.connect(), await database.engine.connect()]
    for connection in lent:
        with pytest.raises(DBAPIError, match=r"read-?only"):
            await connection.exec_driver_sql(sql)
        await connection.close()
    assert shared.rows("SELECT * FROM collection ORDER BY name") == before


async def test_gate_of_sqlite_cannot_write(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, repositories.get("base"))
    connection = vars(repository.registry.gate)["_connection"]
    for sql in WRITES:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute(sql)


async def test_reading_leaves_no_file_behind(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack
) -> None:
    root = repositories.copy("base")
    files = set(root.iterdir())
    content = (root / "gen3.sqlite3").read_bytes()
    repository = await open_repository(closing_stack, root)
    await repository.find_dataset("packages", {}, {}, ["chain/deep"], None)
    assert set(root.iterdir()) == files
    assert (root / "gen3.sqlite3").read_bytes() == content


@pytest.mark.parametrize(
    "sql", ["SELECT 1 FROM nowhere", "SELECT doc, wrong FROM collection"]
)
async def test_missing_table_or_column_means_that_definitions_are_old(
    repository: Repository, sql: str
) -> None:
    with pytest.raises(StaleDefinitionsError, match=r"nowhere|wrong"):
        await repository.registry.database.fetch(statement(sql), {})


async def test_folder_whose_name_must_be_quoted_is_opened(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    root = tmp_path / "a repo + 100% & Größe's"
    repositories.copy("base").rename(root)
    repository = await open_repository(closing_stack, root)
    assert await repository.find_dataset("packages", {}, {}, ["runs/first"], None)


async def test_hash_in_a_folder_name_makes_no_other_database(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    root = tmp_path / "repo#1"
    repositories.copy("base").rename(root)
    with suppress(RepositoryError):
        await open_repository(closing_stack, root)
    assert os.listdir(tmp_path) == ["repo#1"]  # noqa: PTH208 - not blocking for long
