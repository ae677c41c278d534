"""A participant of the host's own stream, connected to the `Hub`'s Unix socket."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from .base import Backoff, Interrupted, TransportError, check_size
from .frames import GREETING, FrameError, pack, read_frame

_CONNECT_SECONDS = 1.0
_Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class SocketTransport:
    """Speaks to the hub at a path.

    Parameters
    ----------
    path
        The hub's socket.
    send_seconds
        Longest time that `send` takes.
    backoff
        Waits between attempts to connect.
    """

    def __init__(
        self, path: Path, *, send_seconds: float = 0.2, backoff: Backoff | None = None
    ) -> None:
        self._path = path
        self._send_seconds = send_seconds
        self._backoff = backoff or Backoff()
        self._writer: asyncio.StreamWriter | None = None
        self._lost = ""  # why the last connection ended
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the hub sends its frames to us."""
        return self._writer is not None and not self._writer.is_closing()

    async def open(self) -> None:
        """Do nothing: `receive` connects."""

    async def close(self) -> None:
        """Leave the hub."""
        self._closed = True
        self._abort()

    async def send(self, data: bytes) -> None:
        """Send a frame to all participants."""
        check_size(data)
        writer = self._writer
        if writer is None or writer.is_closing():
            raise TransportError("The hub of this host is away.")
        try:
            writer.write(pack(data))
            async with asyncio.timeout(self._send_seconds):
                await writer.drain()
        except OSError as error:  # a TimeoutError is one
            # A hub that takes nothing: what waits here would only grow.
            writer.transport.abort()
            raise TransportError("The hub of this host does not read.") from error

    async def receive(self) -> AsyncGenerator[bytes | Interrupted, None]:
        """Hand out what the hub sends."""
        while not self._closed:
            link = await self._connect()
            if link is None:
                await self._backoff.wait()
                continue
            reader, writer = link
            reason = "left the hub"
            try:
                if self._lost:
                    yield Interrupted(self._lost)
                self._writer = writer
                while True:
                    yield await read_frame(reader)
            except (EOFError, OSError, FrameError) as error:
                reason = f"the hub is gone: {error!r}"
            finally:
                writer.transport.abort()
                self._lost = reason
                self._writer = None

    async def _connect(self) -> _Link | None:
        writer = None
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._path)
                # Until the hub has taken us in, others' frames pass us by.
                if await reader.readexactly(len(GREETING)) == GREETING:
                    self._backoff.reset()
                    return reader, writer
        except (EOFError, OSError):
            pass
        if writer is not None:
            writer.transport.abort()
        return None

    def _abort(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
