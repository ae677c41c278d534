"""What each database connection of a worker is told at its beginning.

DirectButler makes its own engines; the settings are given to every connection of this
process, whichever engine makes it.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_CHECKS_CLIENTS = 140_000  # server_version of the first that looks after its client
_CHECK_MS = 500


def limit_statements(timeout_seconds: float) -> None:
    """Let PostgreSQL give up statements that take too long, or whose client is gone.

    A worker is killed when nobody waits for its answer any more; what it was running
    would go on otherwise until it has something to send.
    """
    timeout_ms = max(1, round(timeout_seconds * 1000))

    def begin(connection: Any, _: Any) -> None:
        # Of psycopg 3 and 2; others are not PostgreSQL's.
        version = getattr(getattr(connection, "info", None), "server_version", None)
        if version is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {timeout_ms}")
            if version >= _CHECKS_CLIENTS:
                cursor.execute(f"SET client_connection_check_interval = {_CHECK_MS}")
        connection.commit()

    event.listen(Engine, "connect", begin)
