"""Removes what nobody may read any more; every server does, none has to be first."""

import asyncio
from collections.abc import Callable

from .folder import JobFolder
from .store import JobStore

_MOST_SECONDS, _PARTS = 60.0, 10


class Sweeper:
    """Removes expired jobs, and files that belong to no job.

    Parameters
    ----------
    store
        Knows the jobs.
    folder
        Has their files.
    lifetime_seconds
        Of a job; files are left alone for as long even if no job is known.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        store: JobStore,
        folder: JobFolder,
        lifetime_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._folder = folder
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock

    @property
    def period_seconds(self) -> float:
        """How often there is something to sweep."""
        return min(_MOST_SECONDS, max(1.0, self._lifetime_seconds / _PARTS))

    async def sweep(self) -> None:
        """Remove everything that is to be removed now."""
        now = self._clock()
        for id_ in await self._store.expired(now):
            # The files first: as long as the job is known they are found again.
            await asyncio.to_thread(self._folder.remove, id_)
            await self._store.remove(id_)
        time = now - self._lifetime_seconds
        for id_ in await asyncio.to_thread(self._folder.older_than, time):
            if await self._store.get(id_) is None:
                await asyncio.to_thread(self._folder.remove, id_)
