"""One session of a watcher: from `LISTEN` to the loss of either connection.

Nothing is announced as covered unless all before it has been announced as changed, and
unless the equipment was complete when last looked at, which is after every message
that says that tables came.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable

from psycopg import Notify
from psycopg.sql import SQL, Identifier

from ..node import covers
from .connections import Connection, in_recovery
from .equipment import inspect
from .events import Coverage, Event, Lost, Unequipped
from .messages import channel_of, decode
from .pace import Pace
from .probe import Fence, GateProbe, node_of
from .sql import namespace_of

_log = logging.getLogger(__name__)


class SessionLostError(Exception):
    """The session cannot go on; another one may."""


class Session:
    """What is heard on one connection, and proven on another.

    Parameters
    ----------
    listener, other
        Connections to the same node; ``other`` for gates and checks.
    namespace
        Namespace of the repository; `None`: the connection's own.
    pace
        When to do what.
    new_id
        Source of names that nobody can guess.
    """

    def __init__(
        self,
        listener: Connection,
        other: Connection,
        namespace: str | None,
        pace: Pace,
        new_id: Callable[[], str],
    ) -> None:
        self._listener = listener
        self._other = other
        self._probe = GateProbe(other, pace.periods.answer_seconds)
        self._namespace = namespace
        self._pace = pace
        self._new_id = new_id
        self._channel = ""
        self._node = ""
        self._covered: str | None = None
        self._fence: Fence | None = None
        self._missing: tuple[str, ...] | None = ()
        """What the equipment lacks; `None` if it has to be looked at first."""

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yield events until a connection is lost.

        Raises
        ------
        SessionLostError, psycopg.Error, TimeoutError
            When it is.
        """
        await self._begin()
        yield Lost("listening has begun")
        self._missing = None
        async for event in self._checked():
            yield event
        while True:
            notes = self._listener.notifies(
                timeout=self._pace.periods.fence_seconds, stop_after=1
            )
            async for note in notes:
                async for event in self._hear(note):
                    yield event
            async for event in self._look():
                yield event

    async def _begin(self) -> None:
        if await in_recovery(self._listener):
            raise SessionLostError("the database is a standby, which cannot listen")
        self._node = await node_of(self._listener)
        if await node_of(self._other) != self._node:
            raise SessionLostError("two connections lead to two database nodes")
        equipment = await inspect(self._other, self._namespace)
        self._channel = channel_of(namespace_of(equipment.schema.namespace))
        listen = SQL("LISTEN {}").format(Identifier(self._channel))
        await self._listener.execute(listen)

    async def _hear(self, note: Notify) -> AsyncGenerator[Event, None]:
        if self._fence is not None and note.payload == self._fence.payload:
            async for event in self._pass_fence(self._fence):
                yield event
        elif (message := decode(note.payload)) is not None:
            self._pace.hurry()
            if message.check:
                self._missing = None if not self._missing else self._missing
            yield message.change

    async def _pass_fence(self, fence: Fence) -> AsyncGenerator[Event, None]:
        self._fence = None
        if fence.node != self._node:
            raise SessionLostError("the database has crashed and started again")
        async for event in self._checked():
            yield event
        if not self._missing:
            self._covered = fence.gate
            yield self._cover(fence.gate)

    async def _look(self) -> AsyncGenerator[Event, None]:
        if self._pace.check_is_due(complete=not self._missing):
            async for event in self._checked(anew=True):
                yield event
        if self._fence is not None:
            if self._pace.fence_is_late:
                raise SessionLostError(
                    "a fence did not come back; is there a pooler in transaction mode "
                    "between watcher and database?"
                )
        elif not self._missing and self._pace.fence_is_due:
            gate = await self._probe.read()
            if self._covered is None or not covers(self._covered, gate):
                self._fence = await self._probe.send_fence(
                    self._channel, self._new_id()
                )
                self._pace.send_fence()
            elif self._pace.sign_is_due:
                self._pace.hurry()
                yield self._cover(gate)

    def _cover(self, gate: str) -> Coverage:
        self._pace.give_sign()
        return Coverage(self._node, gate)

    async def _checked(self, *, anew: bool = False) -> AsyncGenerator[Event, None]:
        """Look at the equipment if need be; tell of every turn for worse or better."""
        if self._missing is not None and not anew:
            return
        before = self._missing
        async with asyncio.timeout(self._pace.periods.answer_seconds):
            equipment = await inspect(self._other, self._namespace)
        self._pace.check()
        self._missing = equipment.missing
        if self._missing and self._missing != before:
            self._fence = None  # whatever comes back now is older than the gap
            _log.warning("not watched: %s", ", ".join(self._missing))
            yield Unequipped(self._missing)
        elif before and not self._missing:
            self._covered = None
            yield Lost("the equipment is complete again")
