"""Changes users at some rate, and asks servers about them all the time.

Writers are threads with connections of their own, so that they go on whatever the
event loop does. A user who was changed is left alone until the bound is over and the
servers were asked once more; so each write is checked.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from random import Random
from typing import Any

import psycopg

from .findings import Findings, Sighting
from .servers import RefusedError, Server
from .users import Kind, Subject, User, Users

_WRITERS = 4
_PROBES = 8  # of each server at a time
_PATIENCE_SECONDS = 60.0
_RECENT = 0.7  # share of questions about those who changed of late


class Study:
    """One experiment; `writing` begins and ends it.

    `bound_seconds` is how old an answer may be. Each server is asked by some readers
    without a pause but for `pause_seconds`. A write is checked by as many servers as
    `checked_by` says, in turn, or by all.
    """

    def __init__(
        self,
        users: Users,
        servers: Sequence[Server],
        *,
        bound_seconds: float,
        rate: float,
        readers: int = 4,
        pause_seconds: float = 0.0,
        checked_by: int | None = None,
        marks_log: bool = False,
    ) -> None:
        self.findings = Findings()
        self.written = 0
        self.seconds = 0.0
        self._users = users
        self._servers = servers
        self._bound_seconds = bound_seconds
        self._rate = rate
        self._readers = readers
        self._pause_seconds = pause_seconds
        self._turn = cycle(servers)
        self._checked_by = checked_by or len(servers)
        self._marks_log = marks_log
        self._ready: queue.SimpleQueue[User] = queue.SimpleQueue()
        self._recent: deque[User] = deque(maxlen=max(4, int(rate)))
        self._failure: BaseException | None = None
        self._ended = threading.Event()
        self._probing: set[asyncio.Task[None]] = set()
        self._turns = {server.name: asyncio.Semaphore(_PROBES) for server in servers}
        for user in users.all:
            self._ready.put(user)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write and ask as long as the context lasts; then check the last writes."""
        loop = asyncio.get_running_loop()
        threads = [
            threading.Thread(target=self._write, args=(loop, n), daemon=True)
            for n in range(_WRITERS)
        ]
        readers = [
            asyncio.create_task(self._read(server, Random(number)))
            for server in self._servers
            for number in range(self._readers)
        ]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                await asyncio.to_thread(thread.join, 10)
            self.seconds = time.monotonic() - began
            await asyncio.sleep(0)
            while self._probing:
                await asyncio.wait(self._probing)
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
        if self._failure is not None:
            raise self._failure

    async def until(self, writes: int) -> None:
        """Return when as many writes are committed."""
        deadline = time.monotonic() + _PATIENCE_SECONDS + 10 * writes / self._rate
        while self.written < writes and self._failure is None:
            assert time.monotonic() < deadline, f"no more than {self.written} writes"
            await asyncio.sleep(0.02)

    async def when_visible(self, user: User) -> float:
        """Return when the last change of a user was there to be seen by servers."""
        return user.changed_at

    def _write(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        random = Random(number)
        try:
            with psycopg.connect(self._users.url, autocommit=True) as connection:
                due = time.monotonic() + number / self._rate
                while not self._ended.wait(max(0.0, due - time.monotonic())):
                    due += _WRITERS / self._rate
                    self._write_one(loop, connection, random)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self._failure = error

    def _write_one(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: "psycopg.Connection[Any]",
        random: Random,
    ) -> None:
        try:
            user = self._ready.get(timeout=0.05)
        except queue.Empty:
            return
        self._users.change(connection, user, random, marks_log=self._marks_log)
        self.written += 1
        loop.call_soon_threadsafe(self._begin_probe, user)

    def _begin_probe(self, user: User) -> None:
        self._recent.append(user)
        task = asyncio.create_task(self._probe(user))
        self._probing.add(task)
        task.add_done_callback(self._probing.discard)

    async def _probe(self, user: User) -> None:
        """Ask servers when the bound is over, until each has answered."""
        due = await self.when_visible(user) + self._bound_seconds + 0.005
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        chain = user.subjects[Kind.CHAIN]
        asked = (self._insist(next(self._turn), chain) for _ in range(self._checked_by))
        done = await asyncio.gather(*asked)
        self.findings.checked_writes += all(done)
        self._ready.put(user)

    async def _insist(self, server: Server, subject: Subject) -> bool:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            async with self._turns[server.name]:
                if await self._ask(server, subject):
                    return True
            await asyncio.sleep(0.1)
        return False

    async def _read(self, server: Server, random: Random) -> None:
        while True:
            is_recent = self._recent and random.random() < _RECENT
            user = random.choice(self._recent if is_recent else self._users.all)
            kind = Kind.CHAIN if is_recent else random.choice(list(Kind))
            if not await self._ask(server, user.subjects[kind]):
                await asyncio.sleep(0.02)
            await asyncio.sleep(self._pause_seconds)

    async def _ask(self, server: Server, subject: Subject) -> bool:
        """Note what a server answers; tell whether it did."""
        asked = time.monotonic()
        try:
            value = await server.ask(subject)
        except RefusedError:
            self.findings.refused[server.name] += 1
            return False
        except Exception as error:  # noqa: BLE001 - shown by the verdict
            self.findings.errors.append(f"{server.name}: {subject.kind}: {error!r}")
            await asyncio.sleep(0.1)
            return False
        came = time.monotonic()
        sighting = Sighting(server.name, subject, value, asked, came)
        self.findings.sightings.append(sighting)
        return True
