"""Limits so small that a test takes seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from butlery.client import Limits

SHORT = Limits(
    connect_seconds=2,
    silence_seconds=1,
    longest_seconds=2,
    stuck_seconds=0.5,
    slowest_bytes_per_second=10_000,
    most_file_bytes=3_000_000,
    most_memory_bytes=2_000_000,
)

BRIEF = msgspec.structs.replace(
    SHORT, silence_seconds=0.5, longest_seconds=0.7, stuck_seconds=0.3
)
"""For what cannot succeed, and is given up only when its time is over."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if what is inside takes longer, although it does end."""
    begin = time.monotonic()
    yield
    taken = time.monotonic() - begin
    assert taken < seconds, f"it took {taken:.1f} s"
