"""How long an exchange may wait for what comes next."""

from typing import Protocol


class Waits(Protocol):
    """Bounds each wait, and is told what has come."""

    def seconds(self) -> float:
        """Return how long the next wait may take; none is left at 0."""

    def connect_seconds(self) -> float:
        """Return how long a connection may take to be there."""

    def heard(self, count: int) -> object:
        """Take note of some bytes."""
