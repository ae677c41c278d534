"""All transports keep one contract."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from butlery.cache.bus import Interrupted, Transport, TransportError
from butlery.cache.bus.transports import MAX_FRAME_BYTES
from tests.cache.bus.media import Medium, Reader, until

pytestmark = pytest.mark.anyio


class Room:
    """Participants of one medium."""

    def __init__(self, medium: Medium, stack: AsyncExitStack) -> None:
        self.medium = medium
        self._stack = stack

    async def transport(self) -> Transport:
        transport = self.medium.make()
        await transport.open()
        self._stack.push_async_callback(transport.close)
        return transport

    async def enter(self) -> Reader:
        reader = Reader(await self.transport())
        self._stack.callback(reader.task.cancel)
        await reader.join()
        return reader


@pytest.fixture
async def room(medium: Medium) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        yield Room(medium, stack)


async def test_everybody_gets_every_frame_in_one_order(room: Room) -> None:
    readers = [await room.enter() for _ in range(3)]
    for number in range(10):
        frames = [b"%d from %d" % (number, who) for who in range(3)]
        pairs = zip(readers, frames, strict=True)
        await asyncio.gather(*(r.transport.send(frame) for r, frame in pairs))
    first = await readers[0].get(30)
    assert len(set(first)) == 30
    assert first == await readers[1].get(30) == await readers[2].get(30)


async def test_frames_leave_in_the_order_of_the_calls(room: Room) -> None:
    reader = await room.enter()
    frames = [b"%d" % number for number in range(90)]
    await asyncio.gather(*(reader.transport.send(frame) for frame in frames))
    assert await reader.get(90) == frames


@pytest.mark.parametrize(
    "frame", [b"", bytes(range(256)), b"x" * 200_000], ids=["empty", "all", "long"]
)
async def test_frame_may_be_any_bytes(room: Room, frame: bytes) -> None:
    reader = await room.enter()
    await reader.transport.send(frame)
    assert await reader.get(1) == [frame]


async def test_too_large_frame_is_refused_and_the_rest_goes_on(room: Room) -> None:
    reader = await room.enter()
    with pytest.raises(TransportError, match="larger than"):
        await reader.transport.send(bytes(MAX_FRAME_BYTES + 1))
    await reader.transport.send(b"small")
    assert await reader.get(1) == [b"small"]


async def test_opening_waits_for_nobody_and_joins_later(room: Room) -> None:
    await room.medium.take_away()
    reader = Reader(await room.transport())
    await asyncio.sleep(0.1)
    assert not reader.transport.connected
    await room.medium.bring_back()
    await reader.join()
    await reader.transport.send(b"first")
    assert await reader.get(1) == [b"first"]


async def test_sending_to_nobody_fails_soon(room: Room) -> None:
    reader = await room.enter()
    await room.medium.take_away()
    await until(lambda: not reader.transport.connected)
    started = time.monotonic()
    with pytest.raises(TransportError):
        await reader.transport.send(b"lost")
    assert time.monotonic() - started < 0.5


async def test_outage_is_one_interruption_before_anything_later(room: Room) -> None:
    readers = [await room.enter() for _ in range(2)]
    await readers[0].transport.send(b"before")
    await asyncio.gather(*(reader.get(1) for reader in readers))
    await room.medium.take_away()
    await room.medium.bring_back()
    await asyncio.gather(*(reader.get(2) for reader in readers))
    await asyncio.gather(*(reader.join() for reader in readers))
    await readers[0].transport.send(b"after")
    for reader in readers:
        before, interruption, after = await reader.get(3)
        assert (before, after) == (b"before", b"after")
        assert isinstance(interruption, Interrupted)


async def test_connected_again_only_after_the_interruption_was_taken(
    room: Room,
) -> None:
    transport = await room.transport()
    incoming = transport.receive()
    waiting = asyncio.ensure_future(anext(incoming))
    await until(lambda: transport.connected)
    await room.medium.take_away()
    await room.medium.bring_back()
    assert isinstance(await waiting, Interrupted)
    await asyncio.sleep(0.1)
    assert not transport.connected
    waiting = asyncio.ensure_future(anext(incoming))
    await until(lambda: transport.connected)
    waiting.cancel()


async def test_who_does_not_read_slows_nobody_and_learns_it(room: Room) -> None:
    reader = await room.enter()
    idle = await room.transport()
    incoming = idle.receive()
    waiting = asyncio.ensure_future(anext(incoming))
    await until(lambda: idle.connected)
    for number in range(1, 401):  # more than all buffers and the stream can hold
        await reader.transport.send(b"%4d" % number + bytes(5000))
        await reader.get(number)
    assert reader.interruptions == 0
    items = [await waiting]
    while not isinstance(items[-1], Interrupted):
        items.append(await anext(incoming))
    assert len(items) < 400
    waiting = asyncio.ensure_future(anext(incoming))
    await until(lambda: idle.connected)
    await reader.transport.send(b"later")
    assert await waiting == b"later"


async def test_receiving_ends_after_closing(room: Room) -> None:
    reader = await room.enter()
    await reader.transport.close()
    await until(reader.task.done, 2.0)
    assert reader.task.exception() is None
    assert not reader.transport.connected
