"""The gate: a short text that changes whenever anything was committed.

Texts of one gate may be compared only with each other. Each carries the number of
the connection it was read on: after a reconnection (a restart, a fail-over, a
replaced file) no old text is ever equal to a new one, so a gap cannot hide.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ..protocol.errors import UnavailableError
from .contents import Contents, read_contents
from .database import Database, translate
from .engines import sqlite_uri

_T = TypeVar("_T")


class Gate(Protocol):
    """Tells whether a repository's database has changed, and reads what it holds."""

    immediate: bool
    """Whether `read` costs microseconds and may be called for every request."""

    async def read(self) -> str:
        """Return the current text."""
        ...

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read all small tables in one transaction, with the text they stand for."""
        ...

    async def close(self) -> None:
        """Give up the connection."""
        ...


class SqliteGate:
    """``PRAGMA data_version`` on one connection, and the identity of the file."""

    immediate = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._path = Path(database.url.database or "")
        self._identity: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None
        self._connections = 0

    async def read(self) -> str:
        """Return the current text; the file is looked at every time."""
        try:
            status = self._path.stat()
            if self._connection is None or self._identity != (
                status.st_dev,
                status.st_ino,
            ):
                await self._reconnect((status.st_dev, status.st_ino))
            assert self._connection is not None  # noqa: S101 - told to mypy
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except (OSError, sqlite3.Error) as error:
            raise UnavailableError(
                "The repository's database file cannot be read now.",
                retry_after_seconds=1,
            ) from error
        return f"{self._connections}:{version}"

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read the contents; the text is read first, so it can only be too old."""
        gate = await self.read()
        try:
            async with aclosing(await self._database.connect()) as connection:
                return await _read_in_transaction(
                    connection, "BEGIN", gate, previous, None
                )
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise translate(error) from error

    async def _reconnect(self, identity: tuple[int, int]) -> None:
        await self.close()
        await self._database.close()
        self._connection = sqlite3.connect(
            sqlite_uri(self._database.url),
            uri=True,
            timeout=0,  # a lock is waited for without blocking the event loop
            isolation_level=None,
            check_same_thread=False,
        )
        self._connection.execute("PRAGMA query_only=ON")
        self._identity = identity
        self._connections += 1

    async def close(self) -> None:
        """Close the connection; the next text will differ from all before."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


# On a primary the whole text of the snapshot: its xmax alone does not move when a
# transaction that is already open commits.
_POSTGRESQL_GATE = text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text"
    " ELSE pg_current_snapshot()::text END"
)


class PostgresqlGate:
    """``pg_current_snapshot()``, or on a standby the replayed WAL position."""

    immediate = False

    def __init__(self, database: Database, namespace: str | None = None) -> None:
        self._database = database
        self._namespace = namespace
        self._connection: AsyncConnection | None = None
        self._connections = 0

    async def read(self) -> str:
        """Return the current text."""
        return await self._guarded(self._read)

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read the contents in one REPEATABLE READ transaction."""

        async def read(connection: AsyncConnection) -> Contents:
            # On a standby the position is not part of the transaction's snapshot:
            # it must be read before, so that it can only be too old.
            gate = await self._read(connection)
            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            return await _read_in_transaction(
                connection, begin, gate, previous, self._namespace
            )

        return await self._guarded(read)

    async def _read(self, connection: AsyncConnection) -> str:
        return f"{self._connections}:{await connection.scalar(_POSTGRESQL_GATE)}"

    async def _guarded(self, read: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        try:
            if self._connection is None:
                self._connection = await self._database.connect()
                self._connections += 1
            return await read(self._connection)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            await self.close()
            raise translate(error) from error
        except BaseException:
            # Cancelled in mid-answer: the connection's state is unknown.
            await self.close()
            raise

    async def close(self) -> None:
        """Drop the connection; the next text will differ from all before."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


async def _read_in_transaction(
    connection: AsyncConnection,
    begin: str,
    gate: str,
    previous: Contents | None,
    namespace: str | None,
) -> Contents:
    await connection.exec_driver_sql(begin)
    try:
        return await read_contents(
            connection, connection.dialect.name, gate, previous, namespace
        )
    finally:
        await connection.exec_driver_sql("ROLLBACK")
