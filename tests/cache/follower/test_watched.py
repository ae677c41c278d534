"""With a watcher, answers outlive commits that they do not depend on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from butlery.cache import Repository
from butlery.cache.bus import ChangeStream, MemoryHub, MemoryTransport
from butlery.cache.follower.follower import ChangeFollower
from butlery.cache.follower.state import FollowerState
from butlery.cache.follower.telling import tell
from butlery.protocol.dimensions import RequestDataId
from butlery.registry.watch import Watcher, install
from tests.registry.opening import OwnRepository, copy_repository, open_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 3}
ELSEWHERE = """
DELETE FROM {tags} WHERE collection_id =
  (SELECT collection_id FROM collection WHERE name = 'tagged/some')
"""
GONE = """
DELETE FROM dataset WHERE run_id =
  (SELECT collection_id FROM collection WHERE name = 'runs/first')
"""
RENAMED = "UPDATE collection SET doc = 'new words' WHERE name = 'runs/first'"
_PATIENCE_SECONDS = 10.0


class Watched:
    """A repository that is watched, with a stream in memory."""

    def __init__(self, own: OwnRepository, repository: Repository) -> None:
        self.own = own
        self.repository = repository

    async def find(self) -> int:
        """Look a dataset up; return how many statements that took."""
        before = self.repository.registry.database.statements
        await self.repository.find_dataset("bias", BIAS, {}, ["runs/first"], None)
        return self.repository.registry.database.statements - before

    async def commit(self, sql: str) -> None:
        """Change something, and see it covered by a poll."""
        await asyncio.to_thread(self.own.execute, sql)
        await self.repository.keeper.check()


@pytest.fixture
async def watched(
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
    closing_stack: AsyncExitStack,
) -> AsyncIterator[Watched]:
    own = copy_repository(repositories, postgres, "postgresql")
    repository = await open_repository(closing_stack, own.root, poll_seconds=0.3)
    await install(repository.registry.config)
    hub = MemoryHub()
    await hub.start()
    identity = repository.registry.identity
    follower = ChangeFollower(
        ChangeStream(MemoryTransport(hub), "server", "1"), [repository.keeper]
    )
    await follower.open()
    closing_stack.push_async_callback(follower.close)
    telling = ChangeStream(MemoryTransport(hub), "watcher", "1")
    await telling.open()
    closing_stack.push_async_callback(telling.close)
    watcher = Watcher(repository.registry.config)
    tasks = [
        asyncio.create_task(tell(watcher, telling, identity)),
        asyncio.create_task(_drain(telling)),
    ]
    await until(lambda: is_live(repository))
    yield Watched(own, repository)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(stream: ChangeStream) -> None:
    async for _ in stream.deliveries():
        pass


async def is_live(repository: Repository) -> bool:
    keeper = repository.keeper
    await keeper.check()
    return keeper.state is FollowerState.LIVE and keeper.coverage.is_relied_on


async def until(wanted: Callable[[], Awaitable[bool]]) -> float:
    began = time.monotonic()
    while not await wanted():
        assert time.monotonic() - began < _PATIENCE_SECONDS
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def tags_table(watched: Watched) -> str:
    types = watched.repository.keeper.snapshot.dataset_types
    return types.get("bias").tags_table


async def test_commit_elsewhere_costs_no_answer(watched: Watched) -> None:
    await watched.find()
    await watched.repository.keeper.check()
    await watched.find()
    before = watched.repository.keeper.moment
    version = watched.repository.keeper.snapshot.version
    await watched.commit(ELSEWHERE.format(tags=tags_table(watched)))
    assert watched.repository.keeper.moment != before
    assert watched.repository.keeper.snapshot.version == version
    assert await watched.find() == 0


async def test_commit_that_matters_is_noticed_before_the_poll(watched: Watched) -> None:
    find = watched.repository.find_dataset
    found = await find("bias", BIAS, {}, ["runs/first"], None)
    assert found is not None

    async def is_gone() -> bool:
        return await find("bias", BIAS, {}, ["runs/first"], None) is None

    await asyncio.to_thread(watched.own.execute, GONE)
    assert await until(is_gone) < 1.0


async def test_definitions_are_read_again_at_once(watched: Watched) -> None:
    async def is_renamed() -> bool:
        snapshot = watched.repository.keeper.snapshot
        return snapshot.collections.get("runs/first").doc == "new words"

    await asyncio.to_thread(watched.own.execute, RENAMED)
    assert await until(is_renamed) < 1.0
