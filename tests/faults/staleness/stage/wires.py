"""A TCP proxy before PostgreSQL that knows which connections are the polls'.

The poll asks for the gate alone, in words that no lookup uses: each of those comes
with rows. What the proxy holds back or cuts is chosen wire by wire.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from tests.support.postgres import free_port

_HOST = "127.0.0.1"
_GATE, _ROWS = b"pg_current_snapshot()", b"is_row"


@dataclass(eq=False)
class Wire:
    """One connection through the proxy."""

    near: asyncio.StreamWriter
    target: int
    is_polls: bool = False
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Wires:
    """Forwards each new connection to the port that `route` says."""

    def __init__(self, route: Callable[[], int]) -> None:
        self.port = free_port()
        self.route = route
        self._wires: set[Wire] = set()
        self._polls_go_on = threading.Event()
        self._polls_go_on.set()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.release_polls()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def hold_polls(self) -> None:
        """Forward nothing more on the poll's connections, now and later."""
        self._polls_go_on.clear()

    def release_polls(self) -> None:
        self._polls_go_on.set()

    def cut_lookups(self) -> None:
        """Break all connections but the poll's."""

        def cut() -> None:
            for wire in self._wires:
                if not wire.is_polls:
                    wire.cut()

        self._loop.call_soon_threadsafe(cut)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        starting = asyncio.start_server(self._serve, _HOST, self.port)
        server = self._loop.run_until_complete(starting)
        self._started.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        for wire in tuple(self._wires):
            wire.cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        wire = Wire(writer, self.route())
        try:
            far_reader, far_writer = await asyncio.open_connection(_HOST, wire.target)
        except OSError:
            writer.close()
            return
        wire.writers = [writer, far_writer]
        self._wires.add(wire)
        try:
            await asyncio.gather(
                self._pump(wire, reader, far_writer, is_question=True),
                self._pump(wire, far_reader, writer, is_question=False),
            )
        finally:
            self._wires.discard(wire)

    async def _pump(
        self,
        wire: Wire,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_question: bool,
    ) -> None:
        try:
            while data := await reader.read(65536):
                if is_question and _GATE in data and _ROWS not in data:
                    wire.is_polls = True
                # Set by another thread.
                while wire.is_polls and not self._polls_go_on.is_set():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
