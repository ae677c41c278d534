"""A lookup ends in time, and one that never waits is not slowed by that."""

import asyncio

import pytest

from butlery.cache.deadline import Within
from butlery.protocol.errors import UnavailableError

pytestmark = pytest.mark.anyio


async def after(seconds: float, result: "str | Exception") -> str:
    await asyncio.sleep(seconds)
    if isinstance(result, Exception):
        raise result
    return result


async def at_once(result: "str | Exception") -> str:
    if isinstance(result, Exception):
        raise result
    return result


@pytest.mark.parametrize("result", ["value", ValueError("no")])
@pytest.mark.parametrize("waits", [False, True])
async def test_what_comes_in_time_comes_unchanged(
    result: "str | Exception", *, waits: bool
) -> None:
    work = after(0.01, result) if waits else at_once(result)
    if isinstance(result, Exception):
        with pytest.raises(ValueError, match="no"):
            await Within(5, work)
    else:
        assert await Within(5, work) == result


async def test_what_does_not_is_ended() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(UnavailableError, match="in time"):
        await Within(0.02, hang())
    assert ended.is_set()


async def test_timeout_of_its_own_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError):
        await Within(5, after(0.01, TimeoutError()))


async def test_caller_that_goes_away_ends_it() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def ask() -> None:
        await Within(5, hang())

    task = asyncio.create_task(ask())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_several_waits_are_one_time() -> None:
    async def steps() -> None:
        for _ in range(50):
            await asyncio.sleep(0.01)

    with pytest.raises(UnavailableError):
        await Within(0.05, steps())
