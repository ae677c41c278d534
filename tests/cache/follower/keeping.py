"""A gate to play with, and a clock that moves only when it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import cast

from butlery.cache import SnapshotKeeper
from butlery.registry import Contents, Moment, Registry


class Clock:
    """Monotonic time that a test sets, and a sleep that waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the others go first; time passes at once."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class PlayedGate:
    """A gate whose text a test moves, and whose reads it can hold or break.

    Contents are always those of one real repository; what stands for a change is the
    text alone.
    """

    def __init__(self, contents: Contents) -> None:
        self.immediate = False
        self.text = "0"
        self.reads = 0
        self.error: Exception | None = None
        self.contents_error: Exception | None = None
        self._contents = contents
        self._held: asyncio.Event | None = None
        self._arrived = asyncio.Event()

    def commit(self) -> None:
        """Change the text as a commit does."""
        self.text = str(int(self.text) + 1)

    def hold(self) -> Callable[[], None]:
        """Make the next reads wait with what they have read; return the release."""
        held = self._held = asyncio.Event()
        self._arrived.clear()

        def release() -> None:
            self._held = None
            held.set()

        return release

    async def wait_for_reader(self) -> None:
        """Return when a held read has taken its text."""
        await self._arrived.wait()

    async def read(self) -> Moment:
        """Read the text, and be held with it."""
        self.reads += 1
        moment = Moment("", self.text, 1)
        self._arrived.set()
        if self._held is not None:
            await self._held.wait()
        if self.error is not None:
            raise self.error
        return moment

    async def read_contents(self, previous: Contents | None) -> Contents:
        """Return the contents, standing for the current text."""
        if self.contents_error is not None:
            raise self.contents_error
        return replace(previous or self._contents, moment=Moment("", self.text, 1))

    async def confirms(self, contents: Contents) -> bool:
        """Tell whether nothing was committed."""
        return await self.read() == contents.moment

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class PlayedRegistry:
    """What a keeper needs of a registry: its gate, and a first reading."""

    def __init__(self, gate: PlayedGate, real: Registry) -> None:
        self.gate = gate
        self.reader = real.reader

    async def open(self) -> Contents:
        """Read for the first time."""
        return await self.gate.read_contents(None)


def make_keeper(
    gate: PlayedGate,
    real: Registry,
    clock: Clock,
    *,
    cls: type[SnapshotKeeper] = SnapshotKeeper,
    poll_seconds: float = 1.0,
    deadline_seconds: float = 10.0,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> SnapshotKeeper:
    """Return a keeper over a played gate."""
    return cls(
        cast("Registry", PlayedRegistry(gate, real)),
        poll_seconds=poll_seconds,
        deadline_seconds=deadline_seconds,
        clock=clock,
        sleep=sleep or never,
    )


async def never(_: float) -> None:
    """Sleep for ever: a poller that has stopped."""
    await asyncio.Event().wait()


class JoiningKeeper(SnapshotKeeper):
    """The same without its guard: callers join the check that is under way."""

    async def check(self) -> None:
        """Wait for the running check, if there is one."""
        running = self._checks.running
        if running is not None:
            await asyncio.shield(running)
            return
        await super().check()


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def drop(task: asyncio.Task[object]) -> None:
    """Cancel a task and see it end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
