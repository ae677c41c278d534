"""Reads gates, and sends the fences that prove what has been heard.

Why a fence proves it: a transaction that notifies writes its messages into the one
queue of the cluster before it becomes visible, under a lock that it keeps until after
its commit. Whoever is visible at the gate of a fence is therefore in the queue ahead
of it, and a listener hears the queue in its order. (The gate is read in the statement
that sends the fence; a fence takes a transaction id after its snapshot was taken.)
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from ..node import NODE, including
from .connections import Connection
from .messages import fence_text

_GATE = b"SELECT pg_current_snapshot()::text"
_NODE = f"SELECT {NODE.text}".encode()
_FENCE = (
    f"SELECT {NODE.text}, pg_current_snapshot()::text,"
    " pg_current_xact_id()::text::bigint, pg_notify(%s, %s)"
).encode()


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence that was sent.

    Parameters
    ----------
    payload
        What comes back; nobody else can know it before.
    node, gate
        What is covered when it does. The fence's own transaction is part of the gate:
        it changed nothing, and so moves the gate for nobody.
    """

    payload: str
    node: str
    gate: str


class GateProbe:
    """A connection beside the listening one.

    Parameters
    ----------
    connection
        To the same node as the listener's.
    deadline_seconds
        Longest time that an answer may take.
    """

    def __init__(self, connection: Connection, deadline_seconds: float) -> None:
        self._connection = connection
        self._deadline_seconds = deadline_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.close()

    async def read(self) -> str:
        """Return the gate; takes no transaction id."""
        (gate,) = await self._ask(_GATE)
        return str(gate)

    async def send_fence(self, channel: str, id_: str) -> Fence:
        """Send a fence, and return what it will prove."""
        payload = fence_text(id_)
        node, gate, xid, _ = await self._ask(_FENCE, channel, payload)
        return Fence(payload, str(node), including(str(gate), int(xid)))

    async def _ask(self, query: bytes, *parameters: str) -> tuple[Any, ...]:
        async with asyncio.timeout(self._deadline_seconds):
            cursor = await self._connection.execute(query, parameters or None)
            row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - told to mypy
        return row


async def node_of(connection: Connection) -> str:
    """Return the life of the node that a connection leads to."""
    cursor = await connection.execute(_NODE)
    row = await cursor.fetchone()
    return str(row[0]) if row else ""
