"""The pool of database connections, none of which can write.

Every statement of a lookup goes through `Database.fetch`, which counts it, bounds
its time and turns whatever the database says into an error with a remedy.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Row, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable
from sqlalchemy.util import greenlet_spawn

from ..protocol.errors import UnavailableError
from .errors import RepositoryError, StaleDefinitionsError
from .sqlite_connections import SqliteConnections

POOL_SIZE = 8
"""Connections per process (invariant I8)."""

_DEFINITIONS = "butlery_definitions"
_UNDEFINED = ("42P01", "42703", "3F000")  # table, column, schema
_FORBIDDEN = "42501"


class Database:
    """Read-only access to one registry database.

    Parameters
    ----------
    url
        SQLAlchemy URL with an async driver.
    deadline_seconds
        Longest time that one statement may take, waiting for a connection included.

    Attributes
    ----------
    statements
        Number of statements run for lookups so far.
    """

    def __init__(self, url: URL, *, deadline_seconds: float = 10.0) -> None:
        self.url = url
        self.statements = 0
        self._deadline_seconds = deadline_seconds
        self._sqlite = SqliteConnections(url) if self.dialect == "sqlite" else None
        if self._sqlite is not None:
            self.engine = _create_sqlite_engine(url, self._sqlite)
            event.listen(self.engine.sync_engine, "checkin", self._sqlite.retire)
        else:
            self.engine = _create_postgresql_engine(url, deadline_seconds)
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._count)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.url.get_backend_name()

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        """Run one statement and return all its rows.

        A connection that turns out to be dead is replaced once: reading again is
        harmless.

        Raises
        ------
        UnavailableError
            If the database is away, too slow, or refuses the role.
        StaleDefinitionsError
            If a table or column of the statement does not exist (any more).
        """
        try:
            async with asyncio.timeout(self._deadline_seconds):
                try:
                    return await self._run(statement, parameters)
                except DBAPIError as error:
                    if not error.connection_invalidated:
                        raise
                    return await self._run(statement, parameters)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise translate(error) from error

    async def _run(
        self, statement: Executable, parameters: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        async with self.engine.connect() as connection:
            return (await connection.execute(statement, dict(parameters))).all()

    async def connect(self) -> AsyncConnection:
        """Return a connection for gate and definitions, to be closed by the caller.

        Its statements are not counted: they are nobody's lookup.
        """
        connection = await self.engine.connect()
        return await connection.execution_options(**{_DEFINITIONS: True})

    async def close(self) -> None:
        """Close all connections; the next statement opens new ones.

        Those that are in use are closed when they are given back.
        """
        if self._sqlite is not None:
            self._sqlite.begin_generation()
        # First a new pool, then the end of the old one: closing takes its time, and
        # what others opened in the old pool meanwhile would never be closed.
        old = self.engine.sync_engine.pool
        self.engine.sync_engine.dispose(close=False)
        await greenlet_spawn(old.dispose)

    def _count(self, connection: Connection, *_: object) -> None:
        if not connection.get_execution_options().get(_DEFINITIONS):
            self.statements += 1


def read_only_options() -> str:
    """Return the libpq ``options`` that make every transaction read-only."""
    return "-c default_transaction_read_only=on"


def _create_sqlite_engine(url: URL, connections: SqliteConnections) -> AsyncEngine:
    return create_async_engine(
        url,
        async_creator=connections.open,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
    )


def _create_postgresql_engine(url: URL, deadline_seconds: float) -> AsyncEngine:
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=deadline_seconds,
        connect_args={
            "options": read_only_options(),
            "application_name": "butlery",
            "connect_timeout": max(2, int(deadline_seconds)),
        },
    )


def translate(error: Exception) -> Exception:
    """Return the error that a caller of this package should see for ``error``."""
    if isinstance(error, PoolTimeoutError | TimeoutError):
        return UnavailableError("The repository's database did not answer in time.")
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    text = str(original)
    if state == _FORBIDDEN:
        return UnavailableError(
            f"The server's database role lacks a right: {text.strip()}; "
            "run GRANT SELECT on it for that role."
        )
    if state in _UNDEFINED or text.startswith(("no such table", "no such column")):
        return StaleDefinitionsError(text)
    return UnavailableError("The repository's database cannot be reached now.")


def explain_open_failure(error: Exception, url: URL) -> RepositoryError:
    """Return why a repository's database could not be opened at start."""
    original = getattr(error, "orig", None) or error
    reason = " ".join(str(original).split()) or type(original).__name__
    return RepositoryError(
        f"cannot open {url.render_as_string(hide_password=True)}: {reason}"
    )
