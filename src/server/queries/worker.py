"""One worker process, as the web process sees it: what it is asked, what it says."""

import asyncio
import socket
from dataclasses import dataclass
from typing import Self

import msgspec

from ...protocol.query_work import HEADER, FrameKind, QueryWork, frame

_BUFFER_BYTES = 128 << 10
_START_SECONDS = 60.0


class WorkerLostError(Exception):
    """The worker has ended, or says nothing any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Something that a worker has said."""

    kind: FrameKind
    payload: bytes


class Worker:
    """A connection to a worker; make it with `connect`.

    Attributes
    ----------
    number
        By which its nursery knows it.
    uris
        Of repositories that it has open.
    """

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.number = number
        self.uris: set[str] = set()
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, number: int, connection: socket.socket) -> Self:
        """Return a worker when it is ready.

        Raises
        ------
        WorkerLostError
            If it never is.
        """
        # What is read ahead is bounded; beyond that the worker waits.
        reader, writer = await asyncio.open_unix_connection(
            sock=connection, limit=_BUFFER_BYTES
        )
        worker = cls(number, reader, writer)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker.next()
        except BaseException as error:
            worker.close()
            if isinstance(error, TimeoutError):
                raise WorkerLostError("a query worker does not start") from None
            raise
        return worker

    @property
    def is_lost(self) -> bool:
        """Whether it has closed its end."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, work: QueryWork) -> None:
        """Send a query; `next` returns the answer piece by piece.

        Raises
        ------
        WorkerLostError
            If it has ended.
        """
        self.uris.add(work.uri)
        self._writer.write(frame(FrameKind.WORK, msgspec.msgpack.encode(work)))
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise WorkerLostError("the query worker has ended") from error

    async def next(self) -> Frame:
        """Return what it says next.

        Raises
        ------
        WorkerLostError
            If it ends instead.
        """
        try:
            header = await self._reader.readexactly(HEADER.size)
            kind, length = HEADER.unpack(header)
            return Frame(FrameKind(kind), await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise WorkerLostError("the query worker has ended") from error

    def close(self) -> None:
        """Close the connection: an idle worker ends."""
        self._writer.close()
