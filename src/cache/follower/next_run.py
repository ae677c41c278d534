"""One piece of work for all who need it done after now."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class NextRun(Generic[_T]):
    """Runs something again and again, and lets callers share the *next* run.

    The one under way may have looked before a caller came; so it is waited for, and
    then one run serves all who came meanwhile.

    Parameters
    ----------
    work
        What to run; never twice at the same time.
    """

    def __init__(self, work: Callable[[], Awaitable[_T]]) -> None:
        self._work = work
        self._running: asyncio.Task[_T] | None = None
        self._waiting: asyncio.Task[_T] | None = None

    async def __call__(self) -> _T:
        """Return the result of a run that begins after now."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._run_after(self._running))
            self._waiting.add_done_callback(retrieve_exception)
        return await asyncio.shield(self._waiting)

    @property
    def running(self) -> "asyncio.Task[_T] | None":
        """The run that is under way, if one is."""
        task = self._running
        return None if task is None or task.done() else task

    async def close(self) -> None:
        """End what runs."""
        for task in (self._waiting, self._running):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _run_after(self, previous: "asyncio.Task[_T] | None") -> _T:
        if previous is not None:
            await asyncio.wait([previous])
        self._running, self._waiting = self._waiting, None
        return await self._work()


def retrieve_exception(task: "asyncio.Task[Any]") -> None:
    """Note a failure that every caller may have stopped waiting for."""
    if not task.cancelled():
        task.exception()
