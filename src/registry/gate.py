"""The gate: tells the moment, which changes whenever anything was committed.

Each moment carries the number of the connection it was read on: after a reconnection
(a restart, a fail-over, a replaced file) no old one is ever equal to a new one, so a
gap cannot hide.
"""

import hashlib
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ..protocol.errors import UnavailableError
from .contents import Contents, definition_tokens, read_contents
from .database import Database, translate
from .engines import sqlite_uri
from .moment import GATE, Moment
from .node import NODE

_T = TypeVar("_T")


class Gate(Protocol):
    """Tells whether a repository's database has changed, and reads what it holds."""

    immediate: bool
    """Whether `read` costs microseconds and may be called for every request."""

    async def read(self) -> Moment:
        """Return the current moment."""
        ...

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read all small tables in one transaction, with the moment they stand for."""
        ...

    async def confirms(self, contents: Contents) -> bool:
        """Tell whether the definitions in ``contents`` still hold, now."""
        ...

    async def identify(self) -> str:
        """Return what the repository is called wherever several servers meet."""
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

    async def read(self) -> Moment:
        """Return the current moment; the file is looked at every time."""
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
        device, inode = self._identity or (0, 0)
        return Moment(f"{device:x}-{inode:x}", str(version), self._connections)

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read the contents; the moment is read first, so it can only be too old."""
        moment = await self.read()
        try:
            async with aclosing(await self._database.connect()) as connection:
                return await _read_in_transaction(
                    connection, "BEGIN", moment, previous, None
                )
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise translate(error) from error

    async def confirms(self, contents: Contents) -> bool:
        """Tell whether nothing at all was committed since ``contents`` was read."""
        return await self.read() == contents.moment

    async def identify(self) -> str:
        """Return a name made from the real path of the file."""
        return _name("sqlite", str(self._path.resolve()))

    async def _reconnect(self, identity: tuple[int, int]) -> None:
        await self._database.close()
        # Another reader may have come here meanwhile, and opened one: nothing else
        # would close it.
        self._let_go()
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
        """Close the connection; the next moment will differ from all before."""
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


# The cluster by what all its nodes have in common; the role may not be allowed to see
# it, and then the name of the database has to do.
_IDENTITY = text(
    "SELECT current_database(), CASE"
    " WHEN has_function_privilege('pg_control_system()', 'EXECUTE')"
    " THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE '' END"
)
_MOMENT = text(f"SELECT {NODE}, {GATE}")


class PostgresqlGate:
    """``pg_current_snapshot()``, or on a standby the replayed WAL position."""

    immediate = False

    def __init__(self, database: Database, namespace: str | None = None) -> None:
        self._database = database
        self._namespace = namespace
        self._connection: AsyncConnection | None = None
        self._connections = 0

    async def read(self) -> Moment:
        """Return the current moment."""
        return await self._guarded(self._read)

    async def confirms(self, contents: Contents) -> bool:
        """Tell whether the tables that define collections and types are the same."""
        _, rows = await self._database.fetch(
            definition_tokens(contents.schema), {}, is_lookup=False
        )
        return {tuple(row) for row in rows} <= set(contents.tokens.items())

    async def identify(self) -> str:
        """Return a name made from the cluster, the database and the namespace."""

        async def read(connection: AsyncConnection) -> str:
            parts = (await connection.execute(_IDENTITY)).one()
            return _name("postgresql", *map(str, parts), self._namespace or "")

        return await self._guarded(read)

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Read the contents in one REPEATABLE READ transaction."""

        async def read(connection: AsyncConnection) -> Contents:
            # On a standby the position is not part of the transaction's snapshot:
            # it must be read before, so that it can only be too old.
            moment = await self._read(connection)
            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            contents = await _read_in_transaction(
                connection, begin, moment, previous, self._namespace
            )
            return replace(contents, until=await self._read(connection))

        return await self._guarded(read)

    async def _read(self, connection: AsyncConnection) -> Moment:
        node, gate = (await connection.execute(_MOMENT)).one()
        self._database.node = node
        moment = Moment(node, gate, self._connections)
        self._database.note_shown(moment)
        return moment

    async def _guarded(self, read: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        try:
            is_new = self._connection is None
            try:
                return await read(await self._connected())
            except DBAPIError as error:
                # One that has died since it was last used is replaced, once.
                if is_new or not error.connection_invalidated:
                    raise
                await self.close()
                return await read(await self._connected())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            await self.close()
            raise translate(error) from error
        except BaseException:
            # Cancelled in mid-answer: the connection's state is unknown.
            await self.close()
            raise

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._database.connect()
            self._connections += 1
        return self._connection

    async def close(self) -> None:
        """Drop the connection; the next moment will differ from all before."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


async def _read_in_transaction(
    connection: AsyncConnection,
    begin: str,
    moment: Moment,
    previous: Contents | None,
    namespace: str | None,
) -> Contents:
    await connection.exec_driver_sql(begin)
    try:
        return await read_contents(
            connection, connection.dialect.name, moment, previous, namespace
        )
    finally:
        await connection.exec_driver_sql("ROLLBACK")
