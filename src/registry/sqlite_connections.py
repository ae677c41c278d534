"""Connections to an SQLite file, which can be replaced by another file any time.

A connection belongs to the generation in which opening it *began*: one that was
being opened while the file was replaced may have either file, and is not kept.
"""

from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

import aiosqlite
from sqlalchemy import URL
from sqlalchemy.pool import ConnectionPoolEntry


def sqlite_uri(url: URL) -> str:
    """Return the file URI that opens the database without creating it.

    Not ``mode=ro``: such a connection cannot roll back the journal that a crashed
    writer left behind.
    """
    return f"file:{quote(url.database or '')}?mode=rw"


class SqliteConnections:
    """Opens connections that cannot write, and retires those to a replaced file.

    Parameters
    ----------
    url
        URL whose database is the file.
    """

    def __init__(self, url: URL) -> None:
        # Not by SQLAlchemy's URL: it would unquote the path before SQLite reads it.
        self._uri = sqlite_uri(url)
        self._generation = 0
        self._opened_in: WeakKeyDictionary[aiosqlite.Connection, int] = (
            WeakKeyDictionary()
        )

    async def open(self) -> aiosqlite.Connection:
        """Return a new connection."""
        generation = self._generation
        connection = await aiosqlite.connect(self._uri, uri=True)
        self._opened_in[connection] = generation
        await connection.execute("PRAGMA query_only=ON")
        return connection

    def begin_generation(self) -> None:
        """Let go of every connection opened so far, as soon as it is not in use."""
        self._generation += 1

    def retire(self, connection: Any, entry: ConnectionPoolEntry) -> None:
        """Close a connection that is given back, if it is of an old generation."""
        if connection is None:
            return
        opened_in = self._opened_in.get(connection.driver_connection)
        if opened_in != self._generation:
            entry.invalidate()
