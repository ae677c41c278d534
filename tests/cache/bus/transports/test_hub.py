"""The hub is private, and no participant can harm another."""

import asyncio
import os
from pathlib import Path

import pytest

from butlery.cache.bus import Hub, SocketTransport
from butlery.cache.bus.transports import MAX_FRAME_BYTES
from tests.cache.bus.media import Reader, Socket, until

pytestmark = pytest.mark.anyio


async def test_folder_is_closed_to_others(socket: Socket) -> None:
    assert socket.path.parent.stat().st_mode & 0o777 == 0o700


async def test_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o750)  # noqa: PTH101 - pathlib blocks no less
    with pytest.raises(PermissionError, match="chmod 700"):
        await Hub(tmp_path / "hub").start()


async def test_socket_of_a_dead_hub_is_replaced(socket: Socket) -> None:
    second = Hub(socket.path)
    await second.start()
    reader = Reader(SocketTransport(socket.path))
    await until(lambda: second.participants == 1)
    await reader.transport.close()
    await second.stop()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 100,
        b"\x00",
        (5).to_bytes(4) + b"abc",
        (MAX_FRAME_BYTES + 1).to_bytes(4),
    ],
    ids=["noise", "part of a length", "part of a frame", "too large"],
)
async def test_garbage_ends_its_own_connection_alone(
    socket: Socket, garbage: bytes
) -> None:
    reader = Reader(socket.make())
    await reader.join()
    _, writer = await asyncio.open_unix_connection(socket.path)
    await until(lambda: socket.hub.participants == 2)
    writer.write(garbage)
    writer.close()
    await until(lambda: socket.hub.participants == 1)
    await reader.transport.send(b"unharmed")
    assert await reader.get(1) == [b"unharmed"]
    await reader.transport.close()


async def test_whoever_is_connected_gets_what_others_send(socket: Socket) -> None:
    sender = Reader(socket.make())
    await sender.join()
    for number in range(1, 101):
        late = Reader(socket.make())
        while not late.transport.connected:  # noqa: ASYNC110 - at every turn
            await asyncio.sleep(0)
        await sender.transport.send(b"%d" % number)
        assert await late.get(1) == [b"%d" % number]
        await late.transport.close()


async def test_stopped_hub_keeps_nobody_whom_it_was_just_accepting(
    socket: Socket,
) -> None:
    for turns in range(12):
        reader = Reader(socket.make())
        for _ in range(turns):
            await asyncio.sleep(0)
        await socket.hub.stop()
        await asyncio.sleep(0.02)
        assert not reader.transport.connected
        await socket.hub.start()
        await reader.join()
        await reader.transport.close()
