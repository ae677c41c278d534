"""What work takes on a machine that others use, too.

Processor time says less than it seems to: cores that share their parts with others
take twice as long for the same instructions. So a yardstick is measured all along: a
loop that always does the same. How much longer than at best it took on the average
says how much longer the work took.
"""

import time

_TURNS = 20_000
_EVERY_SECONDS = 0.3


class Clock:
    """Adds up what its contexts take.

    Attributes
    ----------
    cpu, seconds
        Processor and real time.
    """

    def __init__(self) -> None:
        self.cpu = self.seconds = 0.0
        self._yardsticks = [_yardstick() for _ in range(20)]
        self._next = 0.0

    def __enter__(self) -> None:
        self._cpu, self._seconds = time.process_time(), time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self.cpu += time.process_time() - self._cpu
        self.seconds += time.perf_counter() - self._seconds
        self.look()

    def look(self) -> None:
        """Measure the yardstick, if it is time to."""
        now = time.process_time()
        if now >= self._next:
            self._next = now + _EVERY_SECONDS
            self._yardsticks.append(_yardstick())

    @property
    def slowness(self) -> float:
        """How many times as long as at best everything took."""
        return sum(self._yardsticks) / len(self._yardsticks) / min(self._yardsticks)


def _yardstick() -> float:
    started = time.process_time()
    total = 0
    for n in range(_TURNS):
        total += n
    return time.process_time() - started
