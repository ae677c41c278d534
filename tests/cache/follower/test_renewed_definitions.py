"""Definitions that are read again, and looks at the gate of two connections."""

import asyncio
import time
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from lsst.daf.butler import Butler, DatasetRef

from butlery.cache import Repository
from butlery.cache.follower import keeper as keeper_module
from butlery.registry import Contents, Moment
from tests.cache.follower.keeping import never, settle
from tests.cache.writing import BIAS, chain, open_with, put, write
from tests.registry.opening import OwnRepository, copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

CHAIN, OLD, NEW = "chain/switched", "user/old", "user/new"
POLLER = -1
"""The connection of a look that another process has told of."""


@pytest.fixture
def own(repositories: RepositoryShelf, postgres: PostgresCluster) -> OwnRepository:
    """On SQLite nobody is told of looks, and every answer begins with one."""
    return copy_repository(repositories, postgres, "postgresql")


@pytest.fixture
async def repository(own: OwnRepository, closing_stack: AsyncExitStack) -> Repository:
    """Open a repository that looks only when it is told to."""
    return await open_with(closing_stack, own, poll_seconds=3600)


async def find(repository: Repository, name: str) -> UUID | None:
    found = await repository.find_dataset("bias", BIAS, {}, [name], None)
    return None if found is None else found.id


async def test_renewed_definitions_never_meet_older_answers(
    own: OwnRepository,
    closing_stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def prepare(butler: Butler) -> None:
        put(butler, OLD, BIAS)
        # Otherwise its summary excludes the RUN from the search.
        put(butler, NEW, {**BIAS, "detector": 2})
        chain(butler, CHAIN, OLD)

    def switch(butler: Butler) -> DatasetRef:
        ref = put(butler, NEW, BIAS)
        chain(butler, CHAIN, NEW)
        return ref

    await write(own, prepare)
    repository = await open_with(closing_stack, own, poll_seconds=3600)
    assert await find(repository, CHAIN) is not None
    assert await find(repository, NEW) is None
    new = await write(own, switch)
    gate = repository.registry.gate
    read, renewed, answered = gate.read, asyncio.Event(), asyncio.Event()

    async def read_later() -> Moment:
        renewed.set()
        await answered.wait()
        return await read()

    monkeypatch.setattr(gate, "read", read_later)
    rereading = asyncio.create_task(repository.keeper.reread())
    await renewed.wait()
    assert await find(repository, CHAIN) == new.id
    answered.set()
    await rereading
    assert await find(repository, CHAIN) == new.id


async def test_told_look_that_hangs_does_not_block_for_ever(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, gate = repository.keeper, repository.registry.gate
    arrived = asyncio.Event()

    async def hang(_: Contents | None) -> Contents:
        arrived.set()
        await never(0)
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr(gate, "read_contents", hang)
        patch.setattr(keeper_module, "_CHECK_SECONDS", 0.1)
        keeper.note_check(Moment(keeper.moment.node, "1:2:", POLLER), time.monotonic())
        await arrived.wait()
    await asyncio.wait_for(keeper.check(), 10)


async def test_looks_of_two_connections_without_commits_drop_nothing(
    repository: Repository,
) -> None:
    keeper = repository.keeper
    await keeper.check()
    before, texts = keeper.generations.drops["gate"], {keeper.moment.text}
    for _ in range(5):
        seen = keeper.moment
        keeper.note_check(Moment(seen.node, seen.text, POLLER), time.monotonic())
        await settle()
        await keeper.check()
        texts.add(keeper.moment.text)
    # The cluster may have its own reasons to move.
    assert keeper.generations.drops["gate"] - before <= len(texts) - 1
