"""Tells what changes in a repository, and up to which gate nothing was missed.

Seen: every row of the watched tables that any session inserts, updates, deletes or
truncates, by cascade, by hand and with ``session_replication_role = replica`` too.
Not seen: what is written while somebody has disabled or dropped a trigger, until the
next check of the equipment (every 30 s) finds it and takes coverage back.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import psycopg

from ..config import RepositoryConfig
from ..errors import RepositoryError
from .connections import connect
from .events import Coverage, Event, Lost
from .pace import Pace, Periods
from .session import Session, SessionLostError

_log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


def _new_id() -> str:
    return secrets.token_urlsafe(16)


class Watcher:
    """Watches one repository on a PostgreSQL primary.

    Parameters
    ----------
    config
        Where the repository is.
    periods
        How often to do what.
    clock, sleep
        Monotonic clock and a way to wait.
    new_id
        Source of unguessable names for fences: anybody may notify on any channel.

    Raises
    ------
    RepositoryError
        If the database is not PostgreSQL.
    """

    def __init__(
        self,
        config: RepositoryConfig,
        *,
        periods: Periods | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        if config.database.get_backend_name() != "postgresql":
            raise RepositoryError(
                f"{config.uri} is on SQLite, where a server sees changes by itself; "
                "only repositories on PostgreSQL can be watched"
            )
        self._config = config
        self._periods = periods or Periods()
        self._clock = clock
        self._sleep = sleep
        self._new_id = new_id

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield events for ever, over all losses; close it to end (``aclosing``)."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with aclosing(self._session()) as session:
                    async for event in session:
                        if isinstance(event, Coverage):
                            pause = _FIRST_PAUSE_SECONDS
                        yield event
            except (
                SessionLostError,
                RepositoryError,
                psycopg.Error,
                OSError,
                TimeoutError,
            ) as error:
                reason = " ".join(str(error).split()) or type(error).__name__
            _log.warning("watching was interrupted: %s", reason)
            yield Lost(reason)
            await self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _session(self) -> AsyncGenerator[Event, None]:
        url = self._config.database
        async with await connect(url) as listener, await connect(url) as other:
            session = Session(
                listener,
                other,
                self._config.namespace,
                Pace(self._periods, self._clock),
                self._new_id,
            )
            async with aclosing(session.events()) as events:
                async for event in events:
                    yield event
