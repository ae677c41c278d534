"""One job of this server, from its place in the queue to its end.

Whatever is written about it is written from the version that was seen last: if somebody
else has changed it meanwhile, this work has lost and leaves no trace.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog

from ...protocol.errors import TooManyRequestsError, UnavailableError
from ...protocol.query_work import WrittenPart
from ..queries.turns import Turn
from .changes import Changes
from .execution import failure_of
from .job import Failure, Job, next_version
from .store import JobStore, StoreAwayError

_TRY_AGAIN_SECONDS = 1.0
_LATER_SECONDS = 5.0
_logger = structlog.get_logger("butlery.server.jobs")


class Execute(Protocol):
    """Carries jobs out."""

    async def run(self, job: Job) -> tuple[WrittenPart, ...]:
        """Write a result."""

    def remove(self, job: Job) -> None:
        """Remove what an attempt has written."""


class Tools(NamedTuple):
    """What every job of a server is worked on with; the clock as in `Runner`."""

    store: JobStore
    execution: Execute
    changes: Changes
    clock: Callable[[], float]


class Work:
    """The work on one job.

    Parameters
    ----------
    job
        As this server has taken it.
    join
        Returns a place in the queue; ended here, whatever happens.
    tools
        To work with.

    Attributes
    ----------
    job
        As it was last seen.
    """

    def __init__(self, job: Job, join: Callable[[], Turn], tools: Tools) -> None:
        self.job = job
        self._join = join
        self._turn = join()
        self._tools = tools
        self._task: asyncio.Task[None] | None = None

    @property
    def is_begun(self) -> bool:
        """Whether the store knows that this server has the job."""
        return self._task is not None

    def begin(self, at_end: Callable[[], None]) -> None:
        """Work on it; at the end a function is called."""
        self._task = asyncio.create_task(self._run())
        # No `finally` of the task: one that is cancelled at once never gets there.
        self._task.add_done_callback(lambda _: self._end(at_end))

    def leave(self) -> None:
        """Leave the queue; the job was not taken after all."""
        self._turn.end()

    async def cancel(self) -> None:
        """Stop, and write nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def give_up(self) -> None:
        """Stop what nobody wants any more, or somebody else has taken."""
        await self.cancel()
        job = await self._tools.store.get(self.job.id)
        # It may have been completed just now.
        if job is None or job.phase != "COMPLETED" or job.attempt != self.job.attempt:
            await asyncio.to_thread(self._tools.execution.remove, self.job)
        self._tools.changes.tell(self.job.id)

    async def _run(self) -> None:
        while not await self._try():
            # What has to be waited for is waited for without a slot.
            self._turn.end()
            await self._join_again()

    async def _join_again(self) -> None:
        while True:
            await asyncio.sleep(_LATER_SECONDS)
            with suppress(TooManyRequestsError, UnavailableError):
                self._turn = self._join()
                return

    async def _try(self) -> bool:
        """Work on the job; return whether there is nothing left to do here."""
        await self._turn.wait()
        try:
            await self._tools.store.get(self.job.id)
        except StoreAwayError:
            return False
        started = self.job.started or self._tools.clock()
        attempt = self.job.attempt + 1
        if not await self._change(phase="EXECUTING", started=started, attempt=attempt):
            return True
        return await self._execute()

    def _end(self, at_end: Callable[[], None]) -> None:
        self._turn.end()
        at_end()

    async def _execute(self) -> bool:
        parts: tuple[WrittenPart, ...] = ()
        failure: Failure | None = None
        execution = self._tools.execution
        try:
            parts = await execution.run(self.job)
        except UnavailableError as error:  # of the database, or of workers: for now
            _logger.warning("job-delayed", job=self.job.id, error=str(error))
            await asyncio.to_thread(execution.remove, self.job)
            self._turn.end()
            return not await self._change(phase="QUEUED")
        except Exception as error:  # noqa: BLE001 - one place says what each means
            failure = failure_of(self.job, error)
            await asyncio.to_thread(execution.remove, self.job)
        self._turn.end()
        await self._change(
            phase="COMPLETED" if failure is None else "ERROR",
            parts=parts,
            failure=failure,
            ended=self._tools.clock(),
        )
        return True

    async def _change(self, **changes: object) -> bool:
        """Change the job, however long it takes; tell whether it was still ours."""
        store, new = self._tools.store, next_version(self.job, **changes)
        while True:
            try:
                is_done = await store.replace(self.job, new)
                # An earlier try may have been carried out without an answer.
                is_done = is_done or await store.get(new.id) == new
            except StoreAwayError as error:
                _logger.warning("jobs-away", error=str(error))
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
                continue
            if is_done:
                self.job = new
                self._tools.changes.tell(new.id)
            return is_done
