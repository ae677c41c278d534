"""A TCP proxy that can be slow, between a server and its database."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from tests.support.postgres import free_port

HOST = "127.0.0.1"


class SlowProxy:
    """Forwards to a port; each answer of the other side waits ``delay_seconds``."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.delay_seconds = 0.0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._serve, HOST, self.port)
        server = self._loop.run_until_complete(serving)
        self._started.set()
        self._loop.run_forever()
        server.close()
        for connection in self._connections:
            connection.cancel()
        self._loop.run_until_complete(
            asyncio.gather(*self._connections, return_exceptions=True)
        )

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._pump(reader, far_writer),
            self._pump(far_reader, writer, is_answer=True),
        )

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_answer: bool = False,
    ) -> None:
        try:
            with suppress(OSError):
                while data := await reader.read(65536):
                    if is_answer and self.delay_seconds:
                        await asyncio.sleep(self.delay_seconds)
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()
