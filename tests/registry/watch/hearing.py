"""Listens to a watcher while a test writes."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from butlery.registry.node import covers
from butlery.registry.watch import Coverage, Event, NamedChange, Watcher
from tests.coherence.places import database_of

_PATIENCE_SECONDS = 30.0


class Hearing:
    """All that a watcher has told."""

    def __init__(self, watcher: Watcher, root: Path) -> None:
        self.events: list[Event] = []
        self._watcher = watcher
        self._url = database_of(root)
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        await self.until(lambda event: isinstance(event, Coverage))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, wanted: Callable[[Event], bool], begin: int = 0) -> int:
        """Return the place of the first event of a kind, from a place on."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                self._news.clear()
                for place, event in enumerate(self.events[begin:], begin):
                    if wanted(event):
                        return place
                if self._task.done():
                    await self._task
                await self._news.wait()

    async def settle(self, begin: int = 0) -> NamedChange:
        """Wait until all that is committed is covered; return what was named."""
        with psycopg.connect(self._url) as connection:
            row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
        assert row is not None
        end = await self.until(
            lambda e: isinstance(e, Coverage) and covers(e.gate, row[0]), begin
        )
        return union(e for e in self.events[begin:end] if isinstance(e, NamedChange))

    async def _listen(self) -> None:
        async with aclosing(self._watcher.events()) as events:
            async for event in events:
                self.events.append(event)
                self._news.set()


def union(changes: Any) -> NamedChange:
    """Return one change that names all that several do."""
    found = list(changes)

    def together(field: str) -> frozenset[Any]:
        return frozenset().union(*(getattr(change, field) for change in found))

    return NamedChange(
        collections=together("collections"),
        dataset_types=together("dataset_types"),
        elements_grown=together("elements_grown"),
        elements_changed=together("elements_changed"),
        new_datasets=any(change.new_datasets for change in found),
        definitions=any(change.definitions for change in found),
        everything=any(change.everything for change in found),
    )
