"""What others read or kept never answers for a path that was switched meanwhile.

Two chains lead to the same RUN. One of them is switched to another RUN, which has the
dataset as well, and only then is the first RUN cleaned up.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from lsst.daf.butler import Butler, DatasetRef

from butlery.cache import Repository
from butlery.cache.trail import Trail
from butlery.protocol.dimensions import RequestDataId
from tests.cache.bus.media import until
from tests.cache.writing import BIAS, chain, open_with, put, write
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio

STAYS, SWITCHED = "chain/stays", "chain/switched"
OLD, NEW = "user/old", "user/new"
EXPOSURE: RequestDataId = {
    **BIAS,
    "exposure": 100,
    "exposure.obs_id": "observation-100",
}


def prepare(butler: Butler) -> tuple[DatasetRef, DatasetRef]:
    refs = put(butler, OLD, BIAS), put(butler, NEW, BIAS)
    for name in (STAYS, SWITCHED):
        chain(butler, name, OLD)
    return refs


async def switch(own: OwnRepository, old: DatasetRef) -> None:
    def change(butler: Butler) -> None:
        chain(butler, SWITCHED, NEW)
        butler.registry.removeDatasets([old])

    await write(own, change)


async def find(
    repository: Repository,
    name: str,
    data_id: RequestDataId = BIAS,
    trail: Trail | None = None,
) -> UUID | None:
    found = await repository.find_dataset(
        "bias", data_id, {}, [name], None, trail=trail
    )
    return None if found is None else found.id


async def test_joined_read_never_answers_for_a_switched_path(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = await write(own_repository, prepare)
    repository = await open_with(closing_stack, own_repository)
    reader = type(repository.keeper.snapshot.reader)
    read, switched = reader.find, asyncio.Event()

    async def read_later(*args: Any, **options: Any) -> Any:
        await switched.wait()
        return await read(*args, **options)

    monkeypatch.setattr(reader, "find", read_later)
    first, second = Trail(), Trail()
    stays = asyncio.create_task(find(repository, STAYS, trail=first))
    await until(lambda: first.misses == 1, 10)
    moved = asyncio.create_task(find(repository, SWITCHED, trail=second))
    await until(lambda: second.shared == 1, 10)
    await switch(own_repository, old)
    switched.set()
    assert await stays is None
    assert await moved == new.id


async def test_kept_answer_never_answers_for_a_switched_path(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = await write(own_repository, prepare)
    repository = await open_with(closing_stack, own_repository)
    reader = type(repository.keeper.snapshot.reader)
    search, searched, kept = reader.search, asyncio.Event(), asyncio.Event()

    async def search_and_wait(*args: Any, **options: Any) -> Any:
        found = await search(*args, **options)
        searched.set()
        await kept.wait()
        return found

    monkeypatch.setattr(reader, "search", search_and_wait)
    # The data ID is looked up first, by the old definitions.
    moved = asyncio.create_task(find(repository, SWITCHED, EXPOSURE))
    await searched.wait()
    await switch(own_repository, old)
    assert await find(repository, STAYS) is None
    kept.set()
    assert await moved == new.id
