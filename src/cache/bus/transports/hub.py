"""The middle of a host's own stream: one Unix socket, every frame to everybody.

One event loop gives all participants the same order. Nobody is waited for: a
participant for whom too much lies waiting is disconnected, and knows by that it has
missed something. The socket's folder belongs to this user alone.
"""

import asyncio
import os
import stat
from pathlib import Path

import structlog

from .frames import GREETING, FrameError, pack, read_frame

_logger = structlog.get_logger("butlery.cache.bus")


class Hub:
    """Serves the processes of one host.

    Parameters
    ----------
    path
        Where the socket shall be. Its folder is made if it is absent.
    max_waiting_bytes
        How much may wait for one participant.
    """

    def __init__(self, path: Path, *, max_waiting_bytes: int = 8 * 1024 * 1024) -> None:
        self._path = path
        self._max_waiting_bytes = max_waiting_bytes
        self._server: asyncio.Server | None = None
        self._participants: set[asyncio.StreamWriter] = set()

    @property
    def participants(self) -> int:
        """How many are connected."""
        return len(self._participants)

    async def start(self) -> None:
        """Begin to listen. A socket that a dead hub left is replaced.

        Raises
        ------
        PermissionError
            If others may enter the socket's folder.
        OSError
            If the socket cannot be made.
        """
        _make_private(self._path.parent)
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def stop(self) -> None:
        """Disconnect everybody and stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._participants):
            self._expel(writer)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._server is None:  # accepted while the hub stopped
            writer.transport.abort()
            return
        self._participants.add(writer)
        writer.write(GREETING)
        try:
            while writer in self._participants:
                self._spread(pack(await read_frame(reader)))
                # What one sends at once must not keep the others from reading it.
                await asyncio.sleep(0)
        except (EOFError, OSError, FrameError) as error:
            _logger.debug("participant-left", error=repr(error))
        finally:
            self._expel(writer)

    def _spread(self, frame: bytes) -> None:
        for writer in tuple(self._participants):
            writer.write(frame)
            if writer.transport.get_write_buffer_size() > self._max_waiting_bytes:
                _logger.warning("participant-too-slow")
                self._expel(writer)

    def _expel(self, writer: asyncio.StreamWriter) -> None:
        self._participants.discard(writer)
        writer.transport.abort()  # not close: that would wait for it to read


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise PermissionError(
            f"The folder {folder} must belong to this user and be closed to others: "
            f"chmod 700 it."
        )
