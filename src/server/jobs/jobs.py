"""The jobs of all users, as the routes of one web process see them."""

import asyncio
import importlib.util
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from ...protocol.errors import NotFoundError, UnavailableError
from ...protocol.jobs import JobKind
from ...protocol.query_work import PartsFormat
from ..access import Identities, Reader
from ..config import JobSettings
from ..files.signing import UrlSigner
from ..queries import QueryPool
from ..served import Served
from .changes import Changes
from .execution import Execution
from .folder import JobFolder
from .job import Job, is_id, new_job, next_version
from .repeating import repeating
from .runner import Runner
from .store import JobStore, StoreAwayError
from .sweeper import Sweeper

_TICK_SECONDS = 1.0
# How soon a change is seen that another server has made.
_LOOK_SECONDS = 0.5
_DELIVERED_SECONDS = 60.0
_ABSENT = "There is no such job; it may have expired, or been deleted."
_logger = structlog.get_logger("butlery.server.jobs")


class Jobs:
    """Takes jobs, tells of them, and ends them.

    Parameters
    ----------
    settings
        Where results are, and for how long.
    store
        Knows the jobs.
    repositories, identities, pool
        What queries need.
    signer
        Signs the URLs of results.
    clock
        Seconds since 1970-01-01 UTC.

    Attributes
    ----------
    settings, signer, clock
        The same.
    has_parquet
        Whether results can be Parquet files.
    """

    def __init__(
        self,
        settings: JobSettings,
        store: JobStore,
        repositories: Mapping[str, Served],
        identities: Identities,
        pool: QueryPool,
        signer: UrlSigner,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self.signer = signer
        self.clock = clock
        self.has_parquet = importlib.util.find_spec("pyarrow") is not None
        self._store = store
        self._folder = JobFolder(Path(settings.folder))
        self._changes = Changes()
        execution = Execution(
            repositories, identities, pool, self._folder, settings.rows_per_part
        )
        self._runner = Runner(
            secrets.token_hex(8),
            store,
            pool,
            execution,
            self._changes,
            lost_seconds=settings.lost_seconds,
            clock=clock,
        )
        self._sweeper = Sweeper(store, self._folder, settings.lifetime_seconds, clock)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Work on jobs as long as the context lasts."""
        beating = self._runner.beat, _TICK_SECONDS
        ticking = self._runner.tick, _TICK_SECONDS
        sweeping = self._sweeper.sweep, self._sweeper.period_seconds
        async with self._store.open():
            try:
                async with repeating(beating, ticking, sweeping):
                    yield
            finally:
                with suppress(StoreAwayError):
                    await self._runner.close()

    async def submit(
        self,
        repository: str,
        reader: Reader,
        kind: JobKind,
        format_: PartsFormat,
        request: bytes,
    ) -> Job:
        """Take a new job.

        Raises
        ------
        TooManyRequestsError, UnavailableError
            If it cannot be taken.
        """
        now = self.clock()
        job = new_job(
            repository, reader, kind, format_, now, self.settings.lifetime_seconds
        )
        try:
            await asyncio.to_thread(self._folder.make, job.id, request)
            await self._runner.submit(job, self.settings.max_per_user)
        except (StoreAwayError, OSError) as error:
            # The store may have it nevertheless.
            with suppress(StoreAwayError):
                await self._store.remove(job.id)
            await asyncio.to_thread(self._folder.remove, job.id)
            raise _unavailable(error) from error
        except BaseException:
            await asyncio.to_thread(self._folder.remove, job.id)
            raise
        return job

    async def of_user(self, repository: str, reader: Reader) -> list[Job]:
        """Return the jobs of a reader, the newest first."""
        async with _reachable():
            return await self._store.of_user(repository, reader.user, self.clock())

    async def get(self, repository: str, reader: Reader, id_: str) -> Job:
        """Return a job of a reader.

        Raises
        ------
        NotFoundError
            If it is not there for them.
        """
        async with _reachable():
            job = await self._store.get(id_) if is_id(id_) else None
        if job is None or not job.is_of(repository, reader, self.clock()):
            raise NotFoundError(_ABSENT)
        return job

    async def wait(
        self, job: Job, seconds: float, is_enough: Callable[[Job], bool]
    ) -> Job | None:
        """Return a job when it is as wanted, or time is over; `None`: it is gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + min(seconds, self.settings.max_wait_seconds)
        while True:
            with self._changes.watch(job.id) as changed:
                async with _reachable():
                    found = await self._store.get(job.id)
                left = end - loop.time()
                if found is None or is_enough(found) or left <= 0:
                    return found
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                        await changed.wait()

    async def deliver(self, job: Job) -> Job:
        """Note that a result is the answer itself: it is kept for a short time only."""
        expires = min(job.expires, self.clock() + _DELIVERED_SECONDS)
        delivered = next_version(job, is_delivered=True, expires=expires)
        async with _reachable():
            return delivered if await self._store.replace(job, delivered) else job

    async def abort(self, job: Job) -> None:
        """End a job that is not at its end; whoever works on it notices."""
        async with _reachable():
            while job.is_active:
                ended = next_version(job, phase="ABORTED", ended=self.clock())
                if await self._store.replace(job, ended):
                    break
                found = await self._store.get(job.id)
                if found is None:
                    return
                job = found
        await self._runner.drop(job.id)

    async def delete(self, id_: str) -> None:
        """Forget a job, and remove its files."""
        async with _reachable():
            await self._store.remove(id_)
            await self._runner.drop(id_)
            await asyncio.to_thread(self._folder.remove, id_)

    def open_part(self, job: Job, name: str) -> BinaryIO:
        """Open a part of a result; waits for the disk.

        Raises
        ------
        NotFoundError
            If it is not there.
        """
        return self._folder.open(job, name)


@asynccontextmanager
async def _reachable() -> AsyncIterator[None]:
    try:
        yield
    except StoreAwayError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> UnavailableError:
    _logger.warning("jobs-away", error=str(error))
    return UnavailableError("The server cannot reach the state of its jobs now.")
