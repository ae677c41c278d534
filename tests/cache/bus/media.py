"""The three ways for frames to travel, each with an end that a test can take away."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from butlery.cache.bus import (
    Hub,
    Interrupted,
    MemoryHub,
    MemoryTransport,
    SocketTransport,
    Transport,
)
from butlery.cache.bus.transports.redis import RedisTransport
from tests.support.redis_server import RedisServer


class Medium(Protocol):
    """What lies between the participants."""

    def make(self) -> Transport: ...

    async def take_away(self) -> None: ...

    async def bring_back(self) -> None: ...

    async def close(self) -> None: ...


class Memory:
    def __init__(self) -> None:
        self.hub = MemoryHub(max_waiting_bytes=300_000)
        self.bring_back, self.take_away = self.hub.start, self.hub.stop

    def make(self) -> Transport:
        return MemoryTransport(self.hub)

    async def close(self) -> None:
        await self.hub.stop()


class Socket:
    def __init__(self) -> None:
        # Not pytest's folder: a socket's path may be 100 characters long.
        self.folder = tempfile.mkdtemp(prefix="bus-")
        self.path = Path(self.folder) / "own" / "hub"
        self.hub = Hub(self.path, max_waiting_bytes=300_000)
        self.bring_back, self.take_away = self.hub.start, self.hub.stop

    def make(self) -> Transport:
        return SocketTransport(self.path)

    async def close(self) -> None:
        await self.hub.stop()
        shutil.rmtree(self.folder)


class RedisStream:
    def __init__(self, server: RedisServer) -> None:
        self.server = server

    def make(self) -> Transport:
        # What must be soon is tested where the server is gone; a busy machine is not.
        return RedisTransport(self.server.url, max_entries=100, send_seconds=5.0)

    async def take_away(self) -> None:
        self.server.kill()

    async def bring_back(self) -> None:
        await asyncio.to_thread(self.server.restart)

    async def close(self) -> None:
        """The server is the session's."""


class Reader:
    """Reads a transport, or anything that hands out items, into a list."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.items: list[bytes | Interrupted] = []
        self.task = asyncio.create_task(self._read())

    @property
    def interruptions(self) -> int:
        return sum(isinstance(item, Interrupted) for item in self.items)

    async def _read(self) -> None:
        async for item in self.transport.receive():
            self.items.append(item)

    async def join(self) -> None:
        await until(lambda: self.transport.connected)

    async def get(self, count: int) -> list[bytes | Interrupted]:
        await until(lambda: len(self.items) >= count)
        return self.items


async def until(is_so: Callable[[], bool], seconds: float = 10.0) -> float:
    """Wait until something is so; return how many seconds it took."""
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not so within {seconds:g} s")
        await asyncio.sleep(0.002)
    return time.monotonic() - started
