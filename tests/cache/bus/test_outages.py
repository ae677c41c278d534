"""Two processes follow one another through an outage, on every transport."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from butlery.cache.bus import Changed, ChangeStream, Delivery, Gap, GapReason
from tests.cache.bus.media import Medium, RedisStream, until
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.anyio


class Process:
    def __init__(self, medium: Medium, name: str) -> None:
        self.stream = ChangeStream(medium.make(), name, "1", heartbeat_seconds=0.1)
        self.events: list[Delivery | Gap] = []

    async def start(self, stack: AsyncExitStack) -> None:
        await self.stream.open()
        reading = asyncio.create_task(self._read())
        stack.callback(reading.cancel)
        stack.push_async_callback(self.stream.close)

    async def _read(self) -> None:
        async for event in self.stream.deliveries():
            self.events.append(event)


async def start_two(medium: Medium, stack: AsyncExitStack) -> tuple[Process, Process]:
    first, second = Process(medium, "a"), Process(medium, "b")
    await first.start(stack)
    await second.start(stack)
    await until(lambda: first.stream.live and second.stream.live)
    for process in (first, second):
        await until(lambda p=process: p.stream.publishers() == ["a", "b"])  # type: ignore[misc]
    return first, second


async def test_outage_is_told_to_both_and_both_are_live_again(medium: Medium) -> None:
    async with AsyncExitStack() as stack:
        first, second = await start_two(medium, stack)
        await medium.take_away()
        await until(lambda: not first.stream.live)
        assert not await first.stream.publish(Changed("lost"))
        await medium.bring_back()
        await until(lambda: first.stream.live and second.stream.live)
        assert await first.stream.publish(Changed("after"))
        after = Delivery("a", Changed("after"))
        await until(lambda: after in first.events and after in second.events)
        for process in (first, second):
            reasons = [e.reason for e in process.events if isinstance(e, Gap)]
            assert GapReason.INTERRUPTED in reasons
            assert GapReason.SKIPPED in reasons  # our own lost word
            assert process.events[-1] == after


async def test_frozen_redis_ends_life_in_time_and_delays_no_publisher(
    redis_server: RedisServer,
) -> None:
    async with AsyncExitStack() as stack:
        first, second = await start_two(RedisStream(redis_server), stack)
        redis_server.suspend()
        try:
            started = time.monotonic()
            sent = await asyncio.gather(
                *(first.stream.publish(Changed(str(number))) for number in range(20))
            )
            assert not any(sent)
            assert time.monotonic() - started < 0.5
            await until(lambda: not (first.stream.live or second.stream.live))
            assert time.monotonic() - started < 2.0
        finally:
            redis_server.resume()
        await until(lambda: first.stream.live and second.stream.live)
        await until(lambda: any(isinstance(event, Gap) for event in second.events))
