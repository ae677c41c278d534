"""Carries a job out, once, with the rights that its user has now."""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from ...cache import Trail
from ...protocol.errors import (
    ButlerUserError,
    ButleryError,
    ErrorResponse,
    ForbiddenError,
    RelayedError,
    RepeatedError,
)
from ...protocol.query_work import PartsTarget, WrittenPart
from ..access import Identities
from ..queries import QueryPool, query_work
from ..queries.pool import QueryFailedError
from ..queries.worker import Frame
from ..served import Served
from .folder import JobFolder
from .job import Failure, Job

_AGAIN_SECONDS = 5
_logger = structlog.get_logger("butlery.server.jobs")


class Execution:
    """Runs queries whose results are files.

    Parameters
    ----------
    repositories
        By label.
    identities
        Says what rights somebody has now.
    pool
        Runs them; the caller has a slot.
    folder
        Has the requests.
    rows_per_part
        In one file.
    """

    def __init__(
        self,
        repositories: Mapping[str, Served],
        identities: Identities,
        pool: QueryPool,
        folder: JobFolder,
        rows_per_part: int,
    ) -> None:
        self._repositories = repositories
        self._identities = identities
        self._pool = pool
        self._folder = folder
        self._rows_per_part = rows_per_part

    async def run(self, job: Job) -> tuple[WrittenPart, ...]:
        """Write a result; return its parts.

        Raises
        ------
        ButleryError
            If there is none.
        QueryFailedError, OSError
            If something unforeseen has happened.
        """
        served = self._seen(job)
        self._pool.require_offered(job.repository)
        request = await asyncio.to_thread(self._folder.request, job.id)
        folder = await asyncio.to_thread(self._folder.begin, job)
        target = PartsTarget(str(folder), job.format, self._rows_per_part)
        work = await query_work(job.kind, request, served, Trail(), self._pool, target)
        parts: list[WrittenPart] = []

        async def put(frame: Frame) -> None:
            parts.append(msgspec.msgpack.decode(frame.payload, type=WrittenPart))

        await self._pool.run(work, put)
        return tuple(parts)

    def remove(self, job: Job) -> None:
        """Remove what an attempt has written; waits for the disk."""
        self._folder.remove_results(job)

    def _seen(self, job: Job) -> Served:
        served = self._repositories.get(job.repository)
        if served is None:
            raise ForbiddenError(f"Repository '{job.repository}' is no longer served.")
        try:
            reader = self._identities.readmit(job.holder)
        except ForbiddenError as error:
            raise ForbiddenError(
                "The token with which this job was asked for has expired or been "
                "revoked; ask again with another."
            ) from error
        return served.seen_by(reader)


def failure_of(job: Job, error: Exception) -> Failure:
    """Return what an error means for a job; what was not foreseen is logged."""
    if isinstance(error, ButlerUserError):
        return Failure(error.status, error.detail, error.error_type)
    if isinstance(error, ButleryError):
        after = error.headers.get("retry-after")
        return Failure(error.status, error.detail, None, int(after) if after else None)
    if isinstance(error, QueryFailedError | OSError):
        _logger.warning("job-failed", job=job.id, error=str(error))
        text = "The query has failed; the server's log says why."
        return Failure(503, text, None, _AGAIN_SECONDS)
    _logger.error("job-defect", job=job.id, exc_info=error)
    return Failure(500, "Internal Server Error")


def error_of(failure: Failure) -> ButleryError:
    """Return the error that a single request would have been told."""
    if failure.error_type is not None:
        return RelayedError(ErrorResponse(failure.error_type, failure.detail))
    return RepeatedError(failure.detail, failure.status, failure.retry_after_seconds)
