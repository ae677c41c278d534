"""Many lookups are each answered like one, from one view of the repository."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest

from butlery.cache import Dataset, Outcome, Policy, PolicyRule, Repository, Wanted
from butlery.cache.lookup import by_data_id
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import (
    BadRequestError,
    ButleryError,
    DatasetNotFoundError,
    UnavailableError,
)
from butlery.protocol.scalars import EMPTY, UNBOUNDED, Timespan
from tests.cache.lookup.test_moments import switch_unnoticed
from tests.cache.writing import BIAS, open_with, put, write
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio

RAW: RequestDataId = {"instrument": "Cam1", "detector": 1, "exposure": 100}
RELEASES = PolicyRule(Policy.PERMANENT, ["release/*"], ["*"], ["*"])


def wanted(
    type_: str, data_id: Any, *path: str, span: Timespan | None = None
) -> Wanted:
    return Wanted(type_, data_id, path, span)


ITEMS = [
    wanted("bias", BIAS, "runs/first"),
    wanted("bias", {**BIAS, "detector": "Ab"}, "chain/deep"),
    wanted("bias", {**BIAS, "detector": 99}, "chain/deep"),
    wanted("bias", BIAS, "chain/calibs", span=UNBOUNDED),
    wanted("bias", BIAS, "chain/calibs", span=EMPTY),
    wanted("bias", BIAS, "chain/calibs"),
    wanted("bias", RAW, "chain/calibs"),
    wanted("bias", {"detector": 1}, "runs/first"),
    wanted("bias", {}, "runs/first"),
    wanted("bias", {**BIAS, "detector": 1.5}, "runs/first"),
    wanted("bias", {**BIAS, "bogus": 1}, "runs/first"),
    wanted("bias", {**BIAS, "detector": "nobody"}, "runs/first"),
    wanted("bias", BIAS, "no/such"),
    wanted("bias", BIAS),
    wanted("no_such", BIAS, "runs/first"),
    wanted("raw", RAW, "*"),
    wanted("raw", {"instrument": "Cam1", "detector": 1, "seq_num": 100}, "*"),
    wanted("note_yaml", BIAS, "files/run"),
    wanted("metric_apart", BIAS, "files/run"),
    wanted("packages", {}, "chain/deep"),
]
DEFAULTS: list[RequestDataId] = [{}, {"instrument": "Cam1"}, {"detector": 1}]


def told(outcome: Outcome) -> object:
    """Return an outcome as something to compare."""
    if isinstance(outcome, ButleryError):
        return type(outcome), outcome.detail
    return outcome


@pytest.mark.parametrize("default", DEFAULTS, ids=str)
@pytest.mark.parametrize("records", [False, True])
async def test_each_is_found_as_if_it_were_alone(
    repository: Repository, default: RequestDataId, *, records: bool
) -> None:
    async def alone(item: Wanted) -> object:
        try:
            return await repository.find_dataset(
                item.dataset_type,
                item.data_id,
                default,
                item.collections,
                item.timespan,
                records=records,
            )
        except ButleryError as error:
            return told(error)

    expected = [await alone(item) for item in ITEMS]
    found = await repository.find_many(ITEMS, default, records=records)
    assert [told(outcome) for outcome in found] == expected


@pytest.mark.parametrize("default", DEFAULTS, ids=str)
async def test_files_of_each_are_found_as_if_it_were_alone(
    repository: Repository, default: RequestDataId
) -> None:
    async def alone(item: Wanted) -> object:
        try:
            return await repository.find_files(
                item.dataset_type,
                item.data_id,
                default,
                item.collections,
                item.timespan,
            )
        except DatasetNotFoundError:
            return None
        except ButleryError as error:
            return told(error)

    expected = [await alone(item) for item in ITEMS]
    found = await repository.get_many(ITEMS, default)
    assert [told(outcome) for outcome in found] == expected


async def test_order_is_kept_whatever_waits_for_the_database(
    repository: Repository,
) -> None:
    path = ["runs/first", "runs/second"]
    items = [
        Wanted("bias", {**BIAS, "detector": number % 5}, path, None)
        for number in range(300)
    ]
    found = await repository.find_many(items, {})
    for item, outcome in zip(items, found, strict=True):
        if isinstance(outcome, Dataset):
            assert outcome.data_id.data_id["detector"] == item.data_id["detector"]
    assert len({o.id for o in found if isinstance(o, Dataset)}) > 1


async def test_item_that_is_refused_already_stays_so(repository: Repository) -> None:
    refused = BadRequestError("data_id: no")
    found = await repository.find_many([refused, ITEMS[0], refused], {})
    assert found[0] is found[2] is refused
    assert isinstance(found[1], Dataset)
    assert await repository.find_many([], {}) == []


async def test_all_uuids_take_one_statement_and_then_none(
    repository: Repository,
) -> None:
    known = await repository.find_dataset("bias", BIAS, {}, ["runs/first"], None)
    assert known is not None
    ids = [known.id, *(UUID(int=n) for n in range(50)), known.id]
    database = repository.registry.database
    for statements in (1, 0):
        before = database.statements
        first, *nobody, last = await repository.get_many(ids, {})
        assert database.statements - before == statements
        assert isinstance(first, Dataset)
        assert first.id == known.id
        assert last is first
        assert set(nobody) == {None}


async def test_equal_items_share_one_read(repository: Repository) -> None:
    await repository.snapshot()
    repository.answers.generations.move_all("test", permanent=True)
    before = repository.registry.database.statements
    found = await repository.find_many([ITEMS[0]] * 100, {})
    assert repository.registry.database.statements - before == 1
    assert len({outcome.id for outcome in found if isinstance(outcome, Dataset)}) == 1


async def test_what_is_wrong_with_the_repository_ends_the_whole(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    running = 0

    async def fail(*_: object, **__: object) -> Dataset | None:
        nonlocal asked, running
        asked += 1
        running += 1
        try:
            await asyncio.sleep(0 if asked == 3 else 60)
            raise UnavailableError("away")
        finally:
            running -= 1

    monkeypatch.setattr(by_data_id, "find_dataset", fail)
    with pytest.raises(UnavailableError, match="away"):
        await repository.find_many([ITEMS[0]] * 50, {})
    assert running == 0, "nothing goes on beside the next attempt"
    assert asked < 10


async def test_definitions_that_changed_unnoticed_begin_the_whole_again(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository, expected = await switch_unnoticed(own_repository, closing_stack)
    assert expected is not None
    item = wanted("bias", {**BIAS, "detector": 3}, "chain/moved")
    refused = wanted("bias", {}, "chain/moved")
    found = await outcomes(repository, [item, refused, item])
    assert found == [expected, "DimensionNameError", expected]


async def test_others_get_their_turn_between_the_items(repository: Repository) -> None:
    items = [ITEMS[0]] * 2_000
    await repository.find_many(items, {})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await repository.find_many(items, {})
    counting.cancel()
    assert turns >= 2_000 / 256


async def outcomes(
    repository: Repository, items: Sequence[Wanted]
) -> list[UUID | str | None]:
    found = await repository.find_many(items, {})
    return [
        o.id if isinstance(o, Dataset) else None if o is None else type(o).__name__
        for o in found
    ]


async def test_new_collection_is_found_at_once_beside_permanent_ones(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    """What old definitions refuse is no outcome."""
    old = await write(own_repository, lambda butler: put(butler, "release/1", BIAS))
    repository = await open_with(closing_stack, own_repository, RELEASES)
    items = [wanted("bias", BIAS, "release/1"), wanted("bias", BIAS, "user/new")]
    assert await outcomes(repository, items) == [old.id, "MissingCollectionError"]
    new = await write(own_repository, lambda butler: put(butler, "user/new", BIAS))
    assert await outcomes(repository, items) == [old.id, new.id]


async def test_permanent_items_are_found_while_the_database_is_away(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ref = await write(own_repository, lambda butler: put(butler, "release/1", BIAS))
    repository = await open_with(closing_stack, own_repository, RELEASES)
    settled = wanted("bias", BIAS, "release/1")
    other = wanted("bias", BIAS, "user/other")
    assert await outcomes(repository, [settled]) == [ref.id]

    async def away() -> None:
        raise UnavailableError("away")

    monkeypatch.setattr(repository.keeper, "current", away)
    assert await outcomes(repository, [settled] * 3) == [ref.id] * 3
    with pytest.raises(UnavailableError):
        await outcomes(repository, [settled, other])
