"""When to look at the gate, to send a fence, to check the equipment.

A fence takes a transaction id and so moves the gate of every other watcher of the
cluster. While nothing of ours changes, fences are therefore sent ever more rarely, down
to a fifth of the usual pace: two watchers do not drive each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

_SLOWEST = 5.0


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of a watcher.

    Parameters
    ----------
    fence_seconds
        Between two fences, at least.
    alive_seconds
        Between two signs of life, at most.
    check_seconds
        Between two checks of the equipment while it is complete.
    recheck_seconds
        The same while it is not.
    answer_seconds
        Longest wait for the database, and for a fence to come back.
    """

    fence_seconds: float = 0.1
    alive_seconds: float = 1.0
    check_seconds: float = 30.0
    recheck_seconds: float = 2.0
    answer_seconds: float = 5.0


class Pace:
    """What is due in one session.

    Parameters
    ----------
    periods
        The watcher's.
    clock
        Monotonic clock.
    """

    def __init__(self, periods: Periods, clock: Callable[[], float]) -> None:
        self.periods = periods
        self._clock = clock
        self._slowness = 1.0
        self._last_fence = self._last_sign = self._last_check = float("-inf")

    def hurry(self) -> None:
        """Take the usual pace: the repository is written, or the gate stands still."""
        self._slowness = 1.0

    def send_fence(self) -> None:
        """Note that a fence was sent."""
        self._last_fence = self._clock()
        self._slowness = min(2 * self._slowness, _SLOWEST)

    def give_sign(self) -> None:
        """Note that the reader has heard of us."""
        self._last_sign = self._clock()

    def check(self) -> None:
        """Note that the equipment was looked at."""
        self._last_check = self._clock()

    @property
    def fence_is_due(self) -> bool:
        """Whether another fence may be sent."""
        wait = self.periods.fence_seconds * self._slowness
        return self._clock() - self._last_fence >= wait

    @property
    def fence_is_late(self) -> bool:
        """Whether the last fence should have come back."""
        return self._clock() - self._last_fence > self.periods.answer_seconds

    @property
    def sign_is_due(self) -> bool:
        """Whether the reader waits for a sign of life."""
        return self._clock() - self._last_sign >= self.periods.alive_seconds / 2

    def check_is_due(self, *, complete: bool) -> bool:
        """Tell whether to look at the equipment."""
        periods = self.periods
        wait = periods.check_seconds if complete else periods.recheck_seconds
        return self._clock() - self._last_check >= wait
