"""Repositories of this process that follow one watcher, each through its own stream."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from butlery.cache import Repository
from butlery.cache.bus import ChangeStream, MemoryHub, MemoryTransport
from butlery.cache.follower import ChangeFollower, Coverage
from butlery.cache.follower.coverage import WAIT_SECONDS
from butlery.cache.follower.telling import tell
from butlery.registry import Moment
from butlery.registry.watch import Watcher, install

from .mangling import Mangle, Mangled, untouched
from .servers import Inside

_PATIENCE_SECONDS = 20.0
_DEADLINE_SECONDS = 10.0  # many repositories share one event loop here


class CountingCoverage(Coverage):
    """Counts the polls that kept what was not named."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    async def covers(
        self, moment: Moment, *, since: float, patience_seconds: float = WAIT_SECONDS
    ) -> bool:
        covers = await super().covers(
            moment, since=since, patience_seconds=patience_seconds
        )
        self.kept += covers
        return covers


class Watched(Inside):
    """One repository, as a server has it, with what it was told."""

    def __init__(
        self,
        name: str,
        repository: Repository,
        stream: ChangeStream,
        coverage: CountingCoverage,
    ) -> None:
        super().__init__(name, repository)
        self.coverage = repository.keeper.coverage = coverage
        self.stream = stream
        self.follower = ChangeFollower(stream, [repository.keeper])

    def text(self) -> str:
        counters, drops = self.stream.counters, self.repository.keeper.generations.drops
        gaps = ", ".join(f"{n} {reason}" for reason, n in counters.gaps.items())
        return (
            f"  {self.name}: {self.coverage.kept} polls kept answers;"
            f" gaps: {gaps or 'none'}; {counters.duplicates} duplicates,"
            f" {counters.reordered} reordered, {counters.unknown} unknown;"
            f" all dropped for: {dict(drops)}"
        )


class WatchedPlace:
    """One repository on PostgreSQL with triggers, a watcher and a hub in memory."""

    def __init__(self, stack: AsyncExitStack, root: Path, poll_seconds: float) -> None:
        self.hub = MemoryHub()
        self._stack = stack
        self._root = root
        self._poll_seconds = poll_seconds

    async def open(
        self,
        name: str,
        mangle: Mangle = untouched,
        coverage: CountingCoverage | None = None,
    ) -> Watched:
        """Open the repository once more, behind a stream that goes wrong."""
        repository = Repository.from_uri(
            "repo",
            str(self._root),
            poll_seconds=self._poll_seconds,
            deadline_seconds=_DEADLINE_SECONDS,
        )
        self._stack.push_async_callback(repository.close)
        await repository.open()
        transport = Mangled(MemoryTransport(self.hub), mangle, seed=len(name))
        stream = ChangeStream(transport, name, "1")
        watched = Watched(name, repository, stream, coverage or CountingCoverage())
        await watched.follower.open()
        self._stack.push_async_callback(watched.follower.close)
        return watched

    async def watch(self) -> None:
        """Install the triggers, and tell of what they say."""
        await self.hub.start()
        repository = Repository.from_uri("repo", str(self._root), poll_seconds=60)
        self._stack.push_async_callback(repository.close)
        await repository.open()
        config, identity = repository.registry.config, repository.registry.identity
        await install(config)
        telling = ChangeStream(MemoryTransport(self.hub), "watcher", "1")
        await telling.open()
        self._stack.push_async_callback(telling.close)
        for work in (tell(Watcher(config), telling, identity), _drain(telling)):
            task = asyncio.create_task(work)
            self._stack.push_async_callback(_end, task)


async def until_relied_on(watched: Watched) -> None:
    """Return when polls keep what was not named."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not watched.coverage.is_relied_on:
        assert time.monotonic() < deadline, "no mark came"
        await asyncio.sleep(0.02)


async def _drain(stream: ChangeStream) -> None:
    async for _ in stream.deliveries():
        pass


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
