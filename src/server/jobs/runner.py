"""Works on jobs: this server's own, and those of servers that are no more.

A server that works on jobs says every second that it is alive. Whoever sees jobs of one
that has not said so for `lost_seconds` gives them back to the queue, and takes them if
it has a free slot. The same look tells of jobs that were aborted or removed elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ...protocol.errors import ButleryError, TooManyRequestsError
from ..queries import QueryPool
from .changes import Changes
from .job import MOST_LOST, Failure, Job, next_version
from .store import JobStore
from .work import Execute, Tools, Work

_logger = structlog.get_logger("butlery.server.jobs")


class Runner:
    """Works on the jobs of one server.

    Parameters
    ----------
    name
        Of this server; no other was ever called so.
    store
        Knows the jobs.
    pool
        Says whose turn it is.
    execution
        Carries them out.
    changes
        Told of every change that is made here.
    lost_seconds
        After which a silent server is lost.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        name: str,
        store: JobStore,
        pool: QueryPool,
        execution: Execute,
        changes: Changes,
        *,
        lost_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._name = name
        self._store = store
        self._pool = pool
        self._changes = changes
        self._tools = Tools(store, execution, changes, clock)
        self._lost_seconds = lost_seconds
        self._clock = clock
        self._works: dict[str, Work] = {}

    async def submit(self, job: Job, most: int) -> None:
        """Take a new job, whose request is in its folder.

        Raises
        ------
        TooManyRequestsError, UnavailableError
            If it cannot be taken.
        """
        owned = next_version(job, owner=self._name)
        if not await self._take(
            owned, lambda: self._store.add(owned, most, self._clock())
        ):
            raise TooManyRequestsError(
                f"You have {most} jobs already. Delete those whose results you have "
                "read; others expire by themselves.",
                retry_after_seconds=60,
            )

    async def beat(self) -> None:
        """Say that this server is alive; nothing else is waited for."""
        if any(work.is_begun for work in self._works.values()):
            await self._store.beat(self._name, self._clock())

    async def tick(self) -> None:
        """See to jobs that are not as they should be."""
        ours = [work for work in self._works.values() if work.is_begun]
        active = {job.id: job for job in await self._store.active()}
        for work in ours:
            job = active.get(work.job.id)
            if job is None or job.owner != self._name:
                await work.give_up()
        others = [job for job in active.values() if job.id not in self._works]
        if others:
            alive = await self._store.alive(self._clock() - self._lost_seconds)
            for job in others:
                await self._look_after(job, alive - {self._name})

    async def drop(self, id_: str) -> None:
        """Stop work on a job that was just ended or removed here."""
        work = self._works.get(id_)
        if work is not None:
            await work.give_up()

    async def close(self) -> None:
        """Give all jobs back, for others or for this server's next life."""
        works = list(self._works.values())
        await asyncio.gather(*(work.cancel() for work in works))
        for work in works:
            job = await self._store.get(work.job.id)
            if job is not None and job.is_active and job.owner == self._name:
                await self._store.replace(job, _given_back(job))

    async def _look_after(self, job: Job, alive: frozenset[str]) -> None:
        if job.owner and job.owner not in alive:
            _logger.warning("job-server-lost", job=job.id, server=job.owner)
            taken = _lost(job, self._clock())
            if not await self._store.replace(job, taken):
                return
            self._changes.tell(job.id)
            job = taken
        if job.is_active and not job.owner:
            await self._claim(job)

    async def _claim(self, job: Job) -> None:
        """Take a job that nobody works on, if this server has nothing better to do."""
        if self._pool.turns.running >= self._pool.settings.workers:
            return
        owned = next_version(job, owner=self._name)
        try:
            await self._take(owned, lambda: self._store.replace(job, owned))
        except ButleryError:
            return  # too many wait here; another server may have room

    async def _take(self, job: Job, keep: Callable[[], Awaitable[bool]]) -> bool:
        """Work on a job, if it can be kept as this server's."""
        work = Work(job, lambda: self._pool.join(job.user), self._tools)
        # Known before it is kept: nobody shall take it for one that is forgotten.
        self._works[job.id] = work
        is_kept = False
        try:
            await self._store.beat(self._name, self._clock())
            is_kept = await keep()
        finally:
            if is_kept:
                work.begin(lambda: self._forget(work))
            else:
                work.leave()
                self._forget(work)
        return is_kept

    def _forget(self, work: Work) -> None:
        if self._works.get(work.job.id) is work:
            del self._works[work.job.id]


def _given_back(job: Job, **changes: object) -> Job:
    return next_version(job, phase="QUEUED", owner="", **changes)


def _lost(job: Job, now: float) -> Job:
    """Return what becomes of a job whose server is lost."""
    if job.phase == "QUEUED":  # that is not why it was lost
        return _given_back(job)
    if job.lost + 1 < MOST_LOST:
        return _given_back(job, lost=job.lost + 1)
    text = (
        f"{MOST_LOST} servers were lost while they worked on this query: ask for less "
        "at a time, or let the operator look at the log."
    )
    failure = Failure(503, text)
    return next_version(
        job, phase="ERROR", owner="", lost=MOST_LOST, failure=failure, ended=now
    )
