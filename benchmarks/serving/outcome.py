"""What one run is told, and what it has found out."""

import msgspec

from benchmarks.release.size import DP1, Size

from .rounds import Contest
from .workload import OPERATIONS


class Options(msgspec.Struct, frozen=True):
    """What to measure, and for how long."""

    seconds: float = 2.0
    """Of every round."""
    turns: int = 3
    other_turns: int = 2
    """At the other numbers of connections."""
    connections: tuple[int, ...] = (1, 16, 64)
    compared: int = 16
    """Connections at which the empty servers and the cold one take part."""
    operations: tuple[str, ...] = OPERATIONS
    questions: int = 1000
    """About so many different ones of each operation."""
    counted: int = 50
    """Of these, while PostgreSQL counts statements."""
    size: Size = DP1


class Report(msgspec.Struct, frozen=True):
    """All that one run found out."""

    compared: int
    warm: list[Contest]
    cold: list[Contest]
    workers: list[Contest]
    guarded: list[Contest]
    indexed: list[Contest]
    batches: list[Contest]
    statements: dict[str, dict[str, float]]
    """Per request, by server and operation."""
    questions: dict[str, int]
    """How many different ones each operation was measured with."""
