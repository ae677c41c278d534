"""The query workers of one web process: who of them answers what.

There are never more than there are slots. A worker that has answered completely is used
again; one that has not, for whatever reason, is killed, and a new one is forked when it
is needed: nothing that a query leaves behind can reach another.
"""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec
import structlog

from ...protocol.errors import (
    BadRequestError,
    ErrorResponse,
    InvalidQueryError,
    NotSupportedError,
    RelayedError,
    UnavailableError,
)
from ...protocol.query_work import FrameKind, QueryWork, WorkDone
from ..config import QuerySettings
from .counts import QueryCounts
from .editions import Editions
from .nursery import Nursery
from .turns import Turn, Turns, User
from .worker import Frame, Worker, WorkerLostError

Put = Callable[[Frame], Awaitable[None]]
_ATTEMPTS = 2
# The database gives up first, and says so.
_GRACE_SECONDS = 5.0

_logger = structlog.get_logger("butlery.server.queries")


class QueryFailedError(Exception):
    """Two workers have failed, or one in the middle of an answer."""


class Forking(Protocol):
    """What makes workers and ends them."""

    async def fork(self) -> Worker:
        """Return a new worker."""

    def end(self, number: int) -> None:
        """Kill one."""

    def close(self) -> None:
        """Kill all."""


class QueryPool:
    """Runs the queries of one web process.

    Parameters
    ----------
    settings
        How many, and how long.
    nursery
        Where workers come from; by default processes of their own.

    Attributes
    ----------
    settings
        The same.
    turns
        Whose query runs next.
    editions
        Tells old definitions from new.
    counts
        What has become of queries and workers.
    """

    def __init__(self, settings: QuerySettings, nursery: Forking | None = None) -> None:
        self.settings = settings
        self.turns = Turns(
            slots=settings.workers,
            slots_per_user=settings.workers_per_user,
            waiting=settings.waiting,
            waiting_per_user=settings.waiting_per_user,
            waiting_bytes=settings.waiting_bytes,
        )
        self._nursery = Nursery(settings) if nursery is None else nursery
        self._idle: list[Worker] = []
        self.editions = Editions()
        self.counts = QueryCounts()
        self._is_offered = settings.workers > 0 and _has_daf_butler()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let queries run as long as the context lasts."""
        try:
            yield
        finally:
            for worker in self._idle:
                worker.close()
            self._nursery.close()

    def require_offered(self, label: str) -> None:
        """See that there are queries at all.

        Raises
        ------
        NotSupportedError
            If there are none.
        """
        if not self._is_offered:
            raise NotSupportedError(
                f"The server of repository '{label}' does not answer general queries: "
                "its operator has not installed butlery[queries], or has set workers = "
                "0 in [queries]. Lookups by data ID and UUID, collections, dataset "
                "types and dimension records of a data ID work."
            )

    @property
    def idle(self) -> int:
        """Workers that wait for a query."""
        return len(self._idle)

    def join(self, user: User, size_bytes: int = 0) -> Turn:
        """Return a place in the queue; see `Turns.join` for what is refused."""
        with self.counts.refusal():
            return self.turns.join(user, size_bytes)

    async def run(self, work: QueryWork, put: Put) -> None:
        """Have a query answered; the caller has a slot.

        Parameters
        ----------
        put
            Takes each page, and waits until there is room for it.

        Raises
        ------
        BadRequestError, ButlerUserError, UnavailableError
            If it cannot be answered.
        QueryFailedError
            If something unforeseen has happened, once too often.
        """
        with self.counts.outcome(work.kind):
            await self._run(work, put)

    async def _run(self, work: QueryWork, put: Put) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            # Another worker must be a new one: what has misled the first may be old.
            run = _Run(await self._worker(work.uri, fresh=attempt > 1), put)
            try:
                await self._answer(run, work)
            except WorkerLostError as error:
                _logger.warning(
                    "query-worker-failed", error=str(error), attempt=attempt
                )
                if run.is_begun or attempt == _ATTEMPTS:
                    raise QueryFailedError(str(error)) from error
            else:
                return

    async def _worker(self, uri: str, *, fresh: bool) -> Worker:
        living = [worker for worker in self._idle if not worker.is_lost]
        self.counts.ended["lost"] += len(self._idle) - len(living)
        self._idle = living
        if self._idle and not fresh:
            # The one that has the repository open, if there is one; else the warmest.
            place = max(
                range(len(self._idle)), key=lambda n: (uri in self._idle[n].uris, n)
            )
            return self._idle.pop(place)
        if len(self._idle) + self.turns.running > self.settings.workers and self._idle:
            self._end(self._idle.pop(0), "displaced")
        try:
            worker = await self._nursery.fork()
        except WorkerLostError as error:
            raise UnavailableError(
                "The server's query workers do not start; its log says why.",
                retry_after_seconds=5,
            ) from error
        self.counts.forked += 1
        return worker

    async def _answer(self, run: "_Run", work: QueryWork) -> None:
        try:
            await run.worker.ask(work)
            done = await self._relay(run)
        except BaseException as error:
            self._end(run.worker, _why(error))
            raise
        if done.retires:
            self.counts.ended["retired"] += 1
            run.worker.close()
        else:
            self._idle.append(run.worker)
        if run.error is not None:
            raise run.error
        self.counts.rows += done.rows

    async def _relay(self, run: "_Run") -> WorkDone:
        seconds = self.settings.statement_timeout_seconds
        while True:
            try:
                async with asyncio.timeout(seconds + _GRACE_SECONDS):
                    frame = await run.worker.next()
            except TimeoutError:
                raise InvalidQueryError(
                    f"The query took longer than {seconds:g} s to find its next rows: "
                    "ask for less at a time, with a 'where' that names fewer "
                    "collections, nights or tracts."
                ) from None
            match frame.kind:
                case FrameKind.PAGE | FrameKind.VALUE | FrameKind.PART:
                    run.is_begun = True
                    await run.put(frame)
                case FrameKind.ROWS:
                    pass  # it is alive
                case FrameKind.DONE:
                    return msgspec.msgpack.decode(frame.payload, type=WorkDone)
                case FrameKind.FAILED:
                    raise WorkerLostError(frame.payload.decode())
                case _:
                    run.error = _error_of(frame)

    def _end(self, worker: Worker, reason: str) -> None:
        self.counts.ended[reason] += 1
        self._nursery.end(worker.number)
        worker.close()


class _Run:
    """One attempt of a worker at a query."""

    def __init__(self, worker: Worker, put: Put) -> None:
        self.worker = worker
        self.put = put
        self.is_begun = False
        self.error: Exception | None = None


def _why(error: BaseException) -> str:
    """Return why a worker has not ended its answer."""
    match error:
        case asyncio.CancelledError():
            return "abandoned"
        case InvalidQueryError():
            return "silent"
        case WorkerLostError():
            return "lost"
        case _:
            return "failed"


def _error_of(frame: Frame) -> Exception:
    match frame.kind:
        case FrameKind.USER_ERROR:
            return RelayedError(msgspec.json.decode(frame.payload, type=ErrorResponse))
        case FrameKind.MALFORMED:
            return BadRequestError(frame.payload.decode())
        case _:
            _logger.warning("query-database-away", error=frame.payload.decode())
            return UnavailableError("The repository's database does not answer.")


def _has_daf_butler() -> bool:
    try:
        return importlib.util.find_spec("lsst.daf.butler") is not None
    except ImportError:
        return False
