"""Counts the requests of one process, for whoever reads them from time to time.

Noting a request is a few additions; what a figure is called, and how it is shown, is
the reader's business.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_SECONDS = (
    *(0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
"""Upper bounds of the classes of duration; the last class has none."""


@dataclass(slots=True)
class Durations:
    """How many requests took how long, until the answer's first byte."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_SECONDS) + 1))
    total_seconds: float = 0.0

    def note(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        self.total_seconds += seconds


class Tally:
    """What became of the requests of one process.

    Attributes
    ----------
    requests
        Durations by route template and status; the template of an unknown route is
        empty, so that no client can make up new ones.
    """

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], Durations] = {}

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        durations = self.requests.get((route, status))
        if durations is None:
            durations = self.requests[route, status] = Durations()
        durations.note(seconds)
