"""Pools of database connections, none of which can write.

A file can be replaced and a server can fail over at any time: then a whole pool is
retired and a new one takes its place. What was lent by a retired pool, even if it
was opened after, is closed when it is given back.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import aiosqlite
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

POOL_SIZE = 8
"""Connections per process (invariant I8)."""

_ROWS_AT_ONCE = 64  # aiosqlite's own number


class RetirableEngine:
    """An engine that can be retired while its connections are in use.

    Parameters
    ----------
    url
        SQLAlchemy URL with an async driver.
    deadline_seconds
        Longest time to wait for a connection.
    """

    def __init__(self, url: URL, deadline_seconds: float) -> None:
        create = (
            _create_sqlite_engine
            if url.get_backend_name() == "sqlite"
            else _create_postgresql_engine
        )
        self.engine = create(url, deadline_seconds)
        self._is_retired = False
        event.listen(self.engine.sync_engine, "checkin", self._close_if_retired)

    async def retire(self) -> None:
        """Close what is idle now, and the rest as it is given back."""
        self._is_retired = True
        await self.engine.dispose()

    def _close_if_retired(self, connection: Any, entry: ConnectionPoolEntry) -> None:
        if self._is_retired and connection is not None:
            entry.invalidate()


def sqlite_uri(url: URL) -> str:
    """Return the file URI that opens the database without creating it.

    Not ``mode=ro``: such a connection cannot roll back the journal that a crashed
    writer left behind.
    """
    return f"file:{quote(url.database or '')}?mode=rw"


def _create_sqlite_engine(url: URL, deadline_seconds: float) -> AsyncEngine:
    # Not by SQLAlchemy's URL: it would unquote the path before SQLite reads it.
    uri = sqlite_uri(url)

    async def connect() -> aiosqlite.Connection:
        connection = await _Connection(partial(sqlite3.connect, uri, uri=True))
        await connection.execute("PRAGMA query_only=ON")
        return connection

    return create_async_engine(
        url,
        async_creator=connect,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=deadline_seconds,
    )


class _Connection(aiosqlite.Connection):
    """A connection that is stopped once, however many ask for it.

    The first to ask ends its thread. In aiosqlite 0.22 whoever asks after that waits
    for the thread's answer forever: SQLAlchemy stops a connection whose `close` is
    cancelled, and the cancelled `close` stops it, too. A loop that ended meanwhile,
    such as that of a server that is told to stop, never did.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _ROWS_AT_ONCE)
        self._thread.daemon = True  # as SQLAlchemy does with those that it opens itself
        self._is_stopped = False
        self._stopping: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread; return what tells when it has."""
        if not self._is_stopped:
            self._is_stopped = True
            self._stopping = super().stop()
        return self._stopping


def _create_postgresql_engine(url: URL, deadline_seconds: float) -> AsyncEngine:
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=deadline_seconds,
        connect_args={
            "options": "-c default_transaction_read_only=on",
            "application_name": "butlery",
            "connect_timeout": max(2, int(deadline_seconds)),
        },
    )
