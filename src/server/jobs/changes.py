"""Wakes who waits in this process for a job to change."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Changes:
    """Events, by the id of a job."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, id_: str) -> None:
        """Wake all who wait for this job."""
        for event in self._waiting.get(id_, ()):
            event.set()

    @contextmanager
    def watch(self, id_: str) -> Iterator[asyncio.Event]:
        """Have an event that is set when the job changes."""
        event = asyncio.Event()
        events = self._waiting.setdefault(id_, set())
        events.add(event)
        try:
            yield event
        finally:
            events.discard(event)
            if not events:
                self._waiting.pop(id_, None)
