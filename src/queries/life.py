"""How long a worker lives, and how much memory it has."""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Life:
    """The limits of one worker.

    Parameters
    ----------
    statement_timeout_seconds
        After which the database gives a statement up.
    queries
        After which it retires.
    bytes
        Of memory; with more it retires after the query, with twice as much at once.
    """

    statement_timeout_seconds: float
    queries: int
    bytes: int

    def is_over(self, queries: int) -> bool:
        """Tell whether a worker retires after so many queries."""
        return queries >= self.queries or memory_bytes() > self.bytes

    @property
    def is_bursting(self) -> bool:
        """Whether not even the query under way may go on."""
        return memory_bytes() > 2 * self.bytes


def memory_bytes() -> int:
    """Return the memory of this process that is in use; its peak, where unknown."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * resource.getpagesize()
