"""Connections of `butlery watch`, each outside any pool.

Only `install` and `remove` get one that can write.
"""

from typing import Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import URL

from ..database import explain_open_failure
from ..errors import RepositoryError

Connection = AsyncConnection[tuple[Any, ...]]

_CONNECT_SECONDS = 10
# A listener that stopped reading holds the queue of all databases of the cluster,
# and a full queue fails every commit that notifies: the server shall cut it off. The
# keepalives let this side notice a connection that died in silence.
_LISTENER_OPTIONS = "-c default_transaction_read_only=on -c tcp_user_timeout=60000"
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


async def connect(url: URL, *, writing: bool = False) -> Connection:
    """Open a connection in autocommit mode.

    Parameters
    ----------
    url
        Database of a repository's configuration.
    writing
        Whether transactions may write.

    Raises
    ------
    RepositoryError
        If it is no PostgreSQL.
    psycopg.Error
        If it cannot be reached.
    """
    if url.get_backend_name() != "postgresql":
        raise RepositoryError(
            f"a {url.get_backend_name()} database cannot be watched: only PostgreSQL "
            "has notifications (SQLite needs none, a server sees its changes at once)"
        )
    _, arguments = url.get_dialect()().create_connect_args(url)
    options = "" if writing else _LISTENER_OPTIONS
    return await AsyncConnection.connect(
        **{
            **_KEEPALIVES,
            "connect_timeout": _CONNECT_SECONDS,
            **arguments,
            "application_name": "butlery watch",
            "options": f"{arguments.get('options', '')} {options}".strip(),
        },
        autocommit=True,
        # Prepared statements do not survive every pooler, and save nothing here.
        prepare_threshold=None,
    )


async def connect_to_write(url: URL) -> Connection:
    """Open a connection that can write, to a primary.

    Raises
    ------
    RepositoryError
        If the database cannot be reached, or is a standby.
    """
    try:
        connection = await connect(url, writing=True)
    except (psycopg.Error, OSError) as error:
        raise explain_open_failure(error, url) from error
    if await in_recovery(connection):
        await connection.close()
        raise RepositoryError(
            "the database is a standby, which accepts no triggers; give the "
            "configuration of the primary"
        )
    return connection


async def in_recovery(connection: Connection) -> bool:
    """Tell whether the database is a standby."""
    cursor = await connection.execute("SELECT pg_is_in_recovery()")
    row = await cursor.fetchone()
    return bool(row and row[0])
