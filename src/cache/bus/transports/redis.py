"""Frames through a Redis stream, which remembers them for whoever was away.

The place of a reader is an entry it has seen, not a number: each read asks for that
entry *and* what follows, in one command. If the entry is not what it was, the stream
was trimmed, emptied, replaced, restored or given another clock, and the reader says
`Interrupted` and goes on from the newest. A connection that breaks loses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from .base import Backoff, Interrupted, TransportError, check_size

_DATA, _MARK = b"d", b"mark"
_BLOCK_MILLISECONDS = 200
_ANSWER_SECONDS = 0.8  # with the block in it, so a stopped server shows within 1 s
_MAX_BATCH = 64
_Entry = tuple[bytes, dict[bytes, bytes]]

_logger = structlog.get_logger("butlery.cache.bus")


class RedisTransport:
    """Reads and writes one stream, each on a connection of its own.

    Parameters
    ----------
    url
        Of the server, as redis-py understands it. Its password is never shown.
    key
        Name of the stream.
    max_entries
        About how many entries the stream keeps.
    send_seconds
        Longest time that `send` takes.
    backoff
        Waits between attempts to connect.

    Raises
    ------
    ValueError
        If the URL cannot be understood.
    """

    def __init__(
        self,
        url: str,
        key: str = "butlery:changes",
        max_entries: int = 10_000,
        *,
        send_seconds: float = 0.2,
        backoff: Backoff | None = None,
    ) -> None:
        # A blocked read must never delay a write.
        self._reading = _make_client(url, _ANSWER_SECONDS)
        self._writing = _make_client(url, send_seconds)
        self._key = key
        self._max_entries = max_entries
        self._send_seconds = send_seconds
        self._backoff = backoff or Backoff()
        self._sending = asyncio.Lock()
        self._place: _Entry | None = None
        self._lost = ""
        self._batch = _MAX_BATCH
        self._connected = False
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether our place in the stream was there at the last look."""
        return self._connected

    async def open(self) -> None:
        """Do nothing: `receive` and `send` connect."""

    async def close(self) -> None:
        """Disconnect; a read that waits ends by that."""
        self._closed, self._connected = True, False
        for client in (self._reading, self._writing):
            await client.aclose()
            await client.connection_pool.disconnect()

    async def send(self, data: bytes) -> None:
        """Append an entry to the stream."""
        check_size(data)
        try:
            await self._append({_DATA: data})
        except Exception as error:
            raise TransportError(f"Redis takes no entry: {_show(error)}") from error

    async def receive(self) -> AsyncGenerator[bytes | Interrupted, None]:
        """Follow the stream."""
        while not self._closed:
            try:
                found = await self._look()
                _heed_cancellation()
            # Whatever redis-py makes of what some server says: try again, later.
            except Exception as error:  # noqa: BLE001
                _heed_cancellation()
                await self._recover(error)
                continue
            if found is None:
                yield Interrupted(self._lost)
                continue
            for entry in found:
                self._place = entry
                if _MARK not in entry[1]:
                    yield entry[1].get(_DATA, b"")

    async def _look(self) -> list[_Entry] | None:
        """Return what is new since our place, or None when we had to take another."""
        if self._place is None:
            self._place = await self._take_place()
            return None if self._lost else []
        count = self._batch + 1
        entries = await self._reading.xrange(self._key, self._place[0], count=count)
        self._backoff.reset()
        if not entries or entries[0] != self._place:
            self._connected, self._place = False, None
            self._lost = "the stream was trimmed, emptied or replaced"
            return []
        self._connected, self._batch = True, min(_MAX_BATCH, self._batch * 2)
        if len(entries) == 1:
            await self._wait_for_news(self._place)
        found: list[_Entry] = entries[1:]
        return found

    async def _take_place(self) -> _Entry:
        """Return the newest entry; make one where there is none to hold on to."""
        while True:
            newest = await self._reading.xrevrange(self._key, count=1)
            if newest:
                entry: _Entry = newest[0]
                return entry
            await self._append({_MARK: b""})

    async def _wait_for_news(self, place: _Entry) -> None:
        """Return when there is more, or it is time to see whether our place is."""
        streams = {self._key: place[0]}
        await self._reading.xread(streams, count=1, block=_BLOCK_MILLISECONDS)

    async def _append(self, fields: dict[bytes, bytes]) -> None:
        # One at a time: entries stand in the order of the calls.
        async with asyncio.timeout(self._send_seconds), self._sending:
            await self._writing.xadd(
                self._key, dict(fields), maxlen=self._max_entries, approximate=True
            )

    async def _recover(self, error: Exception) -> None:
        if self._connected:
            _logger.warning("stream-away", error=_show(error))
        self._connected = False
        # A server may cut us off because its answer was too long for it.
        self._batch = max(1, self._batch // 2)
        if not self._closed:
            await self._backoff.wait()


def _make_client(url: str, seconds: float) -> Any:
    """Return a client that never tries twice: we do, and know it."""
    try:
        return Redis.from_url(
            url,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            max_connections=1,
        )
    except ValueError:
        # Its text would repeat what stands where a port should: a password's end.
        raise ValueError(
            "The Redis URL cannot be understood; it is redis://user:password@host:port/"
            "number, with reserved characters of the password percent-encoded."
        ) from None


def _heed_cancellation() -> None:
    """Raise the cancellation that redis-py made something else of.

    Its reads end with an error of their own, or with an answer, if they are cancelled
    at certain points (one in six, tried at random times).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _show(error: Exception) -> str:
    """Describe a failure by what the server said, which is never our password."""
    return f"{type(error).__name__}: {error}"
