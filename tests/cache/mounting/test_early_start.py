"""A repository with an index starts and answers without its database."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from butlery.cache import (
    IndexPlace,
    Pace,
    Policies,
    Policy,
    PolicyRule,
    Repository,
    Trail,
)
from butlery.cache.enough import for_collections, for_universe
from butlery.cache.operations.invalidation import invalidate
from butlery.protocol.admin import InvalidateRequest
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import UnavailableError
from butlery.registry import RepositoryError
from tests.cache.index.indexing import EVERYTHING, new_index
from tests.registry.opening import OwnRepository, open_repository
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

RUN = "imported_g"
SEARCH: tuple[Any, ...] = (
    "bias",
    {"instrument": "Cam1", "detector": 1},
    {},
    [RUN],
    None,
)


class Place:
    """A repository whose database can be taken away, with a folder of indexes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root.parent / f"{root.name}-state"
        self.indexes = root.parent / f"{root.name}-indexes"
        self._file = root / "gen3.sqlite3"
        self._elsewhere = root / "elsewhere.sqlite3"

    async def open(
        self, stack: AsyncExitStack, policies: Policies = EVERYTHING
    ) -> Repository:
        repository = Repository.from_uri(
            "repo",
            str(self.root),
            policies=policies,
            deadline_seconds=4.0,
            state_directory=self.state,
            indexes=IndexPlace(self.indexes, check_seconds=0.05),
        )
        stack.push_async_callback(repository.close)
        await repository.open()
        return repository

    def take_away(self) -> None:
        self._file.rename(self._elsewhere)

    def rename_records(self, old: str, new: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
            connection.execute("UPDATE opaque_meta SET table_name = ?", (new,))

    def bring_back(self) -> None:
        self._elsewhere.rename(self._file)


@pytest.fixture
async def place(repositories: RepositoryShelf) -> Place:
    place = Place(repositories.copy("base"))
    await new_index(place.root, place.indexes)
    return place


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_everything_permanent_is_answered_without_a_database(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    place.take_away()
    repository = await place.open(closing_stack)
    trail = Trail()
    found = await repository.find_dataset(*SEARCH, records=True, trail=trail)
    assert found is not None
    assert found.run == RUN
    assert trail.indexed
    assert await repository.get_dataset(found.id, records=True) is not None
    assert (await repository.get_files(found.id)) is not None
    assert (await repository.find_files(*SEARCH)).id == found.id
    expanded = await repository.expand_data_id({"instrument": "Cam1", "detector": 1})
    assert expanded.records
    absent: tuple[Any, ...] = (
        "bias",
        {"instrument": "Cam1", "detector": 4},
        {},
        [RUN],
        None,
    )
    assert await repository.find_dataset(*absent) is None
    await repository.snapshot(is_enough=for_universe)
    await repository.snapshot(is_enough=for_collections([RUN]))
    assert repository.registry.database.statements == 0


async def test_what_is_not_permanent_waits_for_the_database(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    place.take_away()
    rules = [
        PolicyRule(Policy.DYNAMIC, ["imported_r"]),
        PolicyRule(Policy.PERMANENT, ["*"], ["*"], ["*"]),
    ]
    repository = await place.open(closing_stack, Policies(rules))
    assert await repository.find_dataset(*SEARCH) is not None
    type_, data_id, defaults, _, span = SEARCH
    for collections in (["imported_r"], ["*"], ["no/such/name"]):
        with pytest.raises(UnavailableError):
            await repository.find_dataset(type_, data_id, defaults, collections, span)
    with pytest.raises(UnavailableError):
        await repository.get_dataset(UUID(int=7))
    place.bring_back()
    await until(lambda: repository.is_ready)
    other: RequestDataId = {"instrument": "Cam1", "detector": 2}
    found = await repository.find_dataset(type_, other, defaults, ["imported_r"], span)
    assert found is not None
    assert await repository.get_dataset(UUID(int=7)) is None


async def test_the_newest_snapshot_knows_what_the_index_does_not(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    first = await place.open(closing_stack)
    await until(lambda: any(place.state.glob("*.snapshot")))
    await first.close()
    place.take_away()
    second = await place.open(closing_stack)
    contents = second.keeper.snapshot.contents
    assert contents is not second.mount.index.contents  # type: ignore[union-attr]
    assert await second.find_dataset(*SEARCH) is not None


async def test_damaged_snapshot_is_as_good_as_none(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    place.state.mkdir()
    (place.state / "repo.snapshot").write_bytes(b"\xff torn")
    place.take_away()
    repository = await place.open(closing_stack)
    assert await repository.find_dataset(*SEARCH) is not None


async def test_without_an_index_the_database_is_needed(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    shutil.rmtree(place.indexes)
    place.take_away()
    with pytest.raises(RepositoryError):
        await place.open(closing_stack)


async def test_newer_index_takes_the_place_of_the_old_one(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    repository = await place.open(closing_stack)
    old = repository.mount.index
    assert old is not None
    narrower = Policies([PolicyRule(Policy.PERMANENT, [RUN], ["*"], ["*"])])
    newer = await new_index(place.root, place.indexes, narrower)
    await until(lambda: repository.mount.index is not old)
    assert repository.mount.index is not None
    assert repository.mount.index.manifest == newer
    assert await repository.find_dataset(*SEARCH) is not None
    assert old.manifest.datasets > newer.datasets


async def test_what_an_operator_has_forgotten_is_read_again_also_after_a_restart(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    repository = await place.open(closing_stack)
    await until(lambda: repository.is_ready)

    async def is_indexed(opened: Repository) -> bool:
        trail = Trail()
        await opened.find_dataset(*SEARCH, trail=trail)
        return bool(trail.indexed)

    assert await is_indexed(repository)
    await invalidate(repository, InvalidateRequest(collections=[RUN]))
    assert not await is_indexed(repository)
    await repository.close()
    again = await place.open(closing_stack)
    await until(lambda: again.is_ready)
    assert not await is_indexed(again)
    elsewhere: tuple[Any, ...] = ("bias", SEARCH[1], {}, ["imported_r"], None)
    trail = Trail()
    await again.find_dataset(*elsewhere, trail=trail)
    assert trail.indexed


async def test_index_of_another_repository_is_not_used(
    place: Place, closing_stack: AsyncExitStack, repositories: RepositoryShelf
) -> None:
    other = Place(repositories.copy("base"))
    other.indexes = place.indexes
    repository = await other.open(closing_stack)
    assert repository.mount.index is None
    assert repository.indexes is not None
    assert "another repository" in repository.indexes.refused[0]
    assert await repository.find_dataset(*SEARCH) is not None


async def opened_and_checked(
    stack: AsyncExitStack, own: OwnRepository, indexes: Path
) -> Repository:
    """Open a repository, and let its self-check look at everything once."""
    repository = await open_repository(
        stack,
        own.root,
        poll_seconds=1,
        policies=EVERYTHING,
        pace=Pace(3600, 3600, 1.0),
        indexes=IndexPlace(indexes),
    )
    await until(lambda: repository.self_check.passes > 0)
    return repository


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "added"])
async def test_index_that_says_otherwise_than_the_database_is_found_out(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    tmp_path: Path,
    *,
    is_deleted: bool,
) -> None:
    """The self-check compares the database with the index, not only with itself."""
    tags = own_repository.rows(
        "SELECT tag_association_table FROM dataset_type WHERE name = 'bias'"
    )[0][0]
    removal = (
        f"DELETE FROM {tags} WHERE detector = 1 AND dataset_type_id = "
        "(SELECT id FROM dataset_type WHERE name = 'bias')"
    )
    if is_deleted:
        await new_index(own_repository.root, tmp_path)
        own_repository.execute(removal)
    else:
        rows = own_repository.rows(f"SELECT * FROM {tags} WHERE detector = 1")
        assert rows
        own_repository.execute(f"CREATE TABLE spare AS SELECT * FROM {tags}")
        own_repository.execute(removal)
        await new_index(own_repository.root, tmp_path)
        own_repository.execute(
            f"INSERT INTO {tags} SELECT * FROM spare WHERE detector = 1 AND "
            f"dataset_id NOT IN (SELECT dataset_id FROM {tags})"
        )
    repository = await opened_and_checked(closing_stack, own_repository, tmp_path)
    assert ("collection", RUN) in repository.permanence.policies.unmarked
    changed = {kind for kind, _ in repository.permanence.policies.unmarked}
    assert changed == {"collection"}
    trail = Trail()
    found = await repository.find_dataset(*SEARCH, trail=trail)
    assert not trail.indexed
    assert (found is None) is is_deleted


async def test_index_that_says_the_same_stays_in_use(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    await new_index(own_repository.root, tmp_path)
    repository = await opened_and_checked(closing_stack, own_repository, tmp_path)
    assert not repository.permanence.policies.unmarked
    trail = Trail()
    await repository.find_dataset(*SEARCH, trail=trail)
    assert trail.indexed


async def test_state_directory_that_cannot_be_written_is_refused(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    place.state.write_text("a file, not a folder")
    with pytest.raises(RepositoryError, match="state_directory"):
        await place.open(closing_stack)


async def test_index_for_other_datastores_is_refused(
    place: Place, closing_stack: AsyncExitStack
) -> None:
    file = place.root / "butler.yaml"
    text = file.read_text(encoding="utf-8")
    assert "file_datastore_records" in text
    text = text.replace("file_datastore_records", "other_records")
    file.write_text(text, encoding="utf-8")
    place.rename_records("file_datastore_records", "other_records")
    repository = await place.open(closing_stack)
    assert repository.mount.index is None
    assert await repository.find_dataset(*SEARCH) is not None
