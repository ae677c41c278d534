"""Clients that ask without a pause while something goes wrong.

They run in a thread of their own. A connection that breaks is noted and opened again,
to the next server if there are several; whatever was asked between two moments can be
looked at afterwards.
"""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.coherence.watching.requests import Request
from tests.support.servers import ButleryServer

from .client import Client, Reply, encode

FOREVER = float("inf")
_RECONNECT_SECONDS = 0.02


@dataclass
class Load:
    """What the clients of one kind were told; grows until its context ends."""

    replies: list[Reply] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)
    """When requests were sent that got no answer."""
    refused: int = 0
    """Connections that could not be opened."""

    def between(self, begin: float, end: float = FOREVER) -> list[Reply]:
        """Return what was asked for and answered between two moments."""
        return [r for r in self.replies if begin <= r.asked_at and r.came_at <= end]

    def statuses(self, begin: float = 0.0, end: float = FOREVER) -> Counter[int]:
        return Counter(reply.status for reply in self.between(begin, end))

    @property
    def wrong(self) -> list[Reply]:
        """Neither as they should be, nor an honest refusal."""
        return [r for r in self.replies if not (r.is_good or r.is_refusal)]


def within_ms(replies: Sequence[Reply], share: float = 1.0) -> float:
    """Return the time within which this share of answers came."""
    times = sorted(reply.seconds for reply in replies)
    return times[round((len(times) - 1) * share)] * 1000 if times else 0.0


def hit_share(replies: Sequence[Reply]) -> float:
    """Return the share of answers for which no database was asked."""
    return sum(reply.is_hit for reply in replies) / max(1, len(replies))


@contextmanager
def load(
    servers: ButleryServer | Sequence[ButleryServer],
    requests: Sequence[Request],
    *,
    clients: int = 4,
    pause_seconds: float = 0.01,
) -> Iterator[Load]:
    """Ask at random all the time while the context lasts."""
    if isinstance(servers, ButleryServer):
        servers = [servers]
    found, ended = Load(), threading.Event()
    messages = [encode(servers[0], request) for request in requests]
    ports = [server.port for server in servers]

    async def work() -> None:
        turned = [
            ports[n % len(ports) :] + ports[: n % len(ports)] for n in range(clients)
        ]
        askers = [_Asker(each, messages, found, ended.is_set) for each in turned]
        await asyncio.gather(*(asker.run(pause_seconds) for asker in askers))

    thread = threading.Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join(30)
        assert not thread.is_alive(), "a request is not answered at all"


@dataclass
class _Asker:
    ports: list[int]
    messages: Sequence[bytes]
    found: Load
    is_over: Callable[[], bool]
    client: Client | None = None

    async def run(self, pause_seconds: float) -> None:
        while not self.is_over():
            if self.client is None:
                await self._connect()
            else:
                await self._ask(self.client)
                await asyncio.sleep(pause_seconds)
        await self._drop()

    async def _connect(self) -> None:
        try:
            self.client = await Client.open(self.ports[0])
        except OSError:
            self.found.refused += 1
            self.ports = [*self.ports[1:], self.ports[0]]
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _ask(self, client: Client) -> None:
        asked_at = time.monotonic()
        try:
            reply = await client.send(random.choice(self.messages))
        except (OSError, EOFError):
            self.found.broken.append(asked_at)
            await self._drop()
        else:
            self.found.replies.append(reply)

    async def _drop(self) -> None:
        if self.client is not None:
            await self.client.close()
            self.client = None
