"""The gate moves with every commit, and never back."""

import asyncio
import gc
import os
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from butlery.registry.contents import ATTRIBUTES
from tests.registry.opening import OwnRepository, copy_repository, open_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

TOUCH = "UPDATE collection SET doc = 'touched' WHERE name = 'runs/first'"
UNTOUCH = TOUCH.replace("touched", "as before")


async def test_commit_moves_the_gate_and_reading_does_not(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    gate = repository.registry.gate
    texts = [await gate.read()]
    await repository.find_dataset("packages", {}, {}, ["chain/deep"], None)
    assert await gate.read() == texts[0]
    for sql in (TOUCH, UNTOUCH, TOUCH):
        own_repository.execute(sql)
        texts.append(await gate.read())
    assert len(set(texts)) == 4


async def test_text_of_another_connection_is_never_equal(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    gate = repository.registry.gate
    texts = set()
    for _ in range(4):
        texts.add(await gate.read())
        await gate.close()
    assert len(texts) == 4


async def test_contents_stand_for_a_text_that_is_not_newer_than_they_are(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    gate = repository.registry.gate
    before = await gate.read()
    contents = await gate.read_contents(None)
    assert contents.moment == before
    own_repository.execute(TOUCH)
    assert await gate.read() != contents.moment


async def test_replaced_sqlite_file_moves_the_gate(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack
) -> None:
    root = repositories.copy("base")
    repository = await open_repository(closing_stack, root)
    before = await repository.registry.gate.read()
    other = root / "other.sqlite3"
    shutil.copy(root / "gen3.sqlite3", other)
    OwnRepository(root, None, "").execute(TOUCH)
    os.replace(other, root / "gen3.sqlite3")  # noqa: PTH105 - at once, as a restore
    assert await repository.registry.gate.read() != before
    snapshot = await repository.snapshot()
    assert snapshot.collections.get("runs/first").doc != "touched"


async def test_readers_that_meet_a_replaced_file_together_open_one_connection(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack
) -> None:
    root = repositories.copy("base")
    database, other = root / "gen3.sqlite3", root / "other.sqlite3"
    repository = await open_repository(closing_stack, root)
    gate = repository.registry.gate
    await repository.find_dataset("packages", {}, {}, ["chain/deep"], None)
    shutil.copy(database, other)
    other.replace(database)
    gc.disable()  # it would close what is dropped, but nobody can say when
    closing_stack.callback(gc.enable)
    await asyncio.gather(*(gate.read() for _ in range(4)))
    assert _open_files(str(database)) == [str(database)]


async def test_transaction_older_than_the_text_moves_the_gate_when_it_commits(
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
    closing_stack: AsyncExitStack,
) -> None:
    own = copy_repository(repositories, postgres, "postgresql")
    repository = await open_repository(closing_stack, own.root)
    gate = repository.registry.gate
    with psycopg.connect(postgres.url(own.database)) as writer:
        writer.execute(TOUCH.encode())
        between = await gate.read_contents(None)
        writer.commit()
    assert await gate.read() != between.moment


async def test_read_of_what_did_not_change_keeps_the_same_rows(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    gate = repository.registry.gate
    old = await gate.read_contents(None)
    own_repository.execute(TOUCH)
    new = await gate.read_contents(old)
    changed = {name for name in new.rows if new.rows[name] is not old.rows[name]}
    # Attributes are read every time, to see whether anything else can be kept.
    assert changed - {ATTRIBUTES} == {"collection"}
    assert new.schema is old.schema
    own_repository.execute(f"{UNTOUCH}; {TOUCH}")
    again = await gate.read_contents(new)
    assert again.rows["collection"] is new.rows["collection"]
    assert again.moment != new.moment


async def test_migrated_attributes_make_a_new_schema(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_repository(closing_stack, own_repository.root)
    gate = repository.registry.gate
    old = await gate.read_contents(None)
    own_repository.execute(
        "UPDATE butler_attributes SET value = '6.0.1'"
        " WHERE name LIKE 'version:%StaticDimensionRecordStorageManager'"
    )
    new = await gate.read_contents(old)
    assert new.schema is not old.schema
    assert all(new.rows[name] is not old.rows[name] for name in new.rows)


def _open_files(prefix: str) -> list[str]:
    links = Path("/proc/self/fd")
    if not links.exists():
        pytest.skip("this system does not show which files are open")
    names = [str(link.readlink()) for link in links.iterdir() if link.is_symlink()]
    return [name for name in names if name.startswith(prefix)]
