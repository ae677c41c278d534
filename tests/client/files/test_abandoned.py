"""Who stops waiting for a dataset leaves no thread behind that goes on."""

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

from butlery.client import AsyncButler, ButlerServerError
from butlery.client.connection.blocking import (
    BlockingConnection,
    sharing_stop,
    stopped_by,
)
from butlery.client.connection.messages import Call, Request
from tests.support.hostile_repository import HostileRepository
from tests.support.hostile_server import Asked


def test_threads_that_a_reader_has_stop_with_it(hostile: HostileRepository) -> None:
    asked, stop = threading.Event(), threading.Event()
    connection = BlockingConnection()

    def say_nothing(_: Asked, sock: socket.socket) -> None:
        asked.set()
        sock.recv(1)

    def call() -> Call[None]:
        yield Request("GET", f"{hostile.url}/silent", request_id="1")

    def read() -> None:
        with suppress(ButlerServerError):
            connection.run(call())

    hostile.answers("silent", say_nothing)
    with stopped_by(stop):
        thread = threading.Thread(target=sharing_stop(read), daemon=True)
    thread.start()
    assert asked.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_thread_of_a_cancelled_read_soon_ends(hostile: HostileRepository) -> None:
    asyncio.run(_cancel(hostile))


async def _cancel(hostile: HostileRepository) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def say_nothing(_: Asked, connection: socket.socket) -> None:
        loop.call_soon_threadsafe(asked.set)
        connection.recv(1)  # until the client goes

    ref: Any = hostile.file(say_nothing, size=5)
    async with AsyncButler(hostile.url) as butler:
        reading = asyncio.create_task(butler.read_bytes(ref))
        await asked.wait()
        reading.cancel()
        pool = butler._threads._pool
        assert pool is not None
        async with asyncio.timeout(10):  # the server may be silent for two minutes
            await asyncio.to_thread(pool.shutdown, wait=True)
        assert reading.cancelled()
