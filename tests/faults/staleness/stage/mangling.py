"""Ways for a stream to go wrong between the hub and one reader.

Each takes what a transport hands out, and hands out what is left of it. What the
transport itself says about its own losses always arrives.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from random import Random

from butlery.cache.bus import Interrupted, Transport

Frames = AsyncGenerator[bytes | Interrupted, None]
Mangle = Callable[[Frames, Random], Frames]


class Mangled:
    """A transport through which frames arrive as they should not."""

    def __init__(self, transport: Transport, mangle: Mangle, seed: int) -> None:
        self._transport = transport
        self._mangle = mangle
        self._random = Random(seed)

    @property
    def connected(self) -> bool:
        return self._transport.connected

    async def open(self) -> None:
        await self._transport.open()

    async def close(self) -> None:
        await self._transport.close()

    async def send(self, data: bytes) -> None:
        await self._transport.send(data)

    def receive(self) -> Frames:
        return self._mangle(self._transport.receive(), self._random)


async def untouched(frames: Frames, _: Random) -> Frames:
    async with aclosing(frames):
        async for frame in frames:
            yield frame


def dropped(share: float) -> Mangle:
    """Lose a share of the frames."""

    async def mangle(frames: Frames, random: Random) -> Frames:
        async with aclosing(frames):
            async for frame in frames:
                if isinstance(frame, Interrupted) or random.random() >= share:
                    yield frame

    return mangle


async def duplicated(frames: Frames, random: Random) -> Frames:
    """Bring some frames again, at once or after others."""
    before: list[bytes | Interrupted] = []
    async with aclosing(frames):
        async for frame in frames:
            yield frame
            before = [*before[-5:], frame]
            if random.random() < 0.5:
                yield random.choice(before)


async def reordered(frames: Frames, random: Random) -> Frames:
    """Let some frames be overtaken by one to three others."""
    held: list[tuple[int, bytes | Interrupted]] = []
    async with aclosing(frames):
        async for frame in frames:
            if isinstance(frame, bytes) and random.random() < 0.2:
                held.append((random.randint(1, 3), frame))
                continue
            yield frame
            held = [(left - 1, late) for left, late in held]
            for _, late in [each for each in held if each[0] == 0]:
                yield late
            held = [each for each in held if each[0] > 0]


def delayed(longest_seconds: float) -> Mangle:
    """Keep the order, but be late, now more and now less."""

    async def mangle(frames: Frames, random: Random) -> Frames:
        waiting: asyncio.Queue[tuple[float, bytes | Interrupted]] = asyncio.Queue()

        async def take() -> None:
            due = delay = 0.0
            async for frame in frames:
                if random.random() < 0.05:
                    delay = random.uniform(0, longest_seconds)
                due = max(due, time.monotonic() + delay)
                waiting.put_nowait((due, frame))

        async with aclosing(frames):
            task = asyncio.create_task(take())
            try:
                async for frame in _in_time(waiting, task):
                    yield frame
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    return mangle


async def _in_time(
    waiting: "asyncio.Queue[tuple[float, bytes | Interrupted]]",
    source: "asyncio.Task[None]",
) -> AsyncIterator[bytes | Interrupted]:
    while not (source.done() and waiting.empty()):
        try:
            due, frame = await asyncio.wait_for(waiting.get(), 0.1)
        except TimeoutError:
            continue
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        yield frame
