"""How far a watcher has named all changes of one repository.

A watcher on the stream names what was committed, and marks up to which gate it has
named everything. A poll that finds the gate moved may keep what was not named only if
such a mark covers the move from its beginning: the stream must have been followed
without a gap since before the older moment was read.
"""

import asyncio
import time
from collections.abc import Callable

from ...registry import Moment, covers

WAIT_SECONDS = 0.3
"""A mark follows a commit after one fence, about 0.1 s."""

_WATCHED_SECONDS = 2.0  # a watcher repeats its last mark more often than that


class Coverage:
    """Marks of one repository.

    Parameters
    ----------
    clock
        Monotonic time in seconds.

    Attributes
    ----------
    marks
        Number of marks so far.
    is_live
        Whether the stream is being followed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.marks = 0
        self.is_live: Callable[[], bool] = lambda: False
        self._clock = clock
        self._followed_since = float("inf")
        self._mark: tuple[str, str] | None = None
        self._marked_at = float("-inf")
        self._changed = asyncio.Event()

    @property
    def is_watched(self) -> bool:
        """Whether a watcher is at work: only then is a mark worth waiting for."""
        return self._clock() - self._marked_at <= _WATCHED_SECONDS

    @property
    def is_relied_on(self) -> bool:
        """Whether answers may have been kept on the strength of a mark."""
        return self._mark is not None

    def begin(self) -> None:
        """Note a gap, or the start: only from now on is nothing missed."""
        self._mark = None
        self._marked_at = float("-inf")
        self._followed_since = self._clock()
        self._wake()

    def note(self, node: str, gate: str) -> None:
        """Note a mark: all that is visible at this gate has been named."""
        self.marks += 1
        if self._mark is None and self._followed_since == float("inf"):
            self._followed_since = self._clock()
        self._mark = (node, gate)
        self._marked_at = self._clock()
        self._wake()

    async def covers(
        self, moment: Moment, *, since: float, patience_seconds: float = WAIT_SECONDS
    ) -> bool:
        """Tell whether all that is visible at a moment has been named; wait a little.

        Parameters
        ----------
        since
            Not after the time at which the older moment was read.
        patience_seconds
            Longest time to wait for the mark.
        """
        deadline = self._clock() + patience_seconds
        while since >= self._followed_since and self.is_watched:
            if self._mark is not None:
                node, gate = self._mark
                if node == moment.node and covers(gate, moment.text):
                    return True
            rest = deadline - self._clock()
            if rest <= 0 or not await self._next(rest):
                return False
        return False

    async def _next(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
