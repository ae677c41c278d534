"""Queries whose results are files: submitted, waited for, ended, read.

Not of the stock protocol. A query that is answered soon is answered at once, by the
same call; any other becomes a job with phases as in IVOA UWS 1.1.
"""

import asyncio
from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from ...cache import Trail
from ...protocol.errors import NotFoundError, NotSupportedError, ProblemResponse
from ...protocol.jobs import JobInfo, JobList, JobRequest, PhaseRequest
from ..access import reader_of
from ..described import operation_with
from ..jobs import Job, Jobs, error_of
from ..jobs.asked import preference_of, read_asked, seconds_of
from ..jobs.inline import inline_response
from ..jobs.told import Told
from ..requests import AnyRequest, JsonBody, base_url
from ..served import Served
from . import job_examples as examples

_REFUSALS = {
    404: ResponseSpec(ProblemResponse, description="Unknown repository or job"),
    422: ResponseSpec(ProblemResponse, description="The request makes no sense"),
    501: ResponseSpec(ProblemResponse, description="This server has no jobs"),
    503: ResponseSpec(ProblemResponse, description="Not now; see Retry-After"),
}
_BECOMES_A_JOB = {303: ResponseSpec(None, description="A job: see Location")}
_PHASE_BODY = JsonBody(PhaseRequest)

Wait = Annotated[
    str | None,
    QueryParameter(
        description="Seconds to wait for another phase; a negative number: as long "
        "as the server lets anybody wait."
    ),
]


@post(
    "/query/jobs",
    status_code=200,
    summary="Submit a query: the result, or a job (303)",
    operation_class=operation_with(JobRequest, examples.REQUEST),
    responses={**_REFUSALS, **_BECOMES_A_JOB},
)
async def submit_job(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
) -> Response[Any]:
    """Wait as long as ``Prefer`` says, else a second, before it becomes a job.

    A result of one part is the answer itself; ``Location`` is that of the job.
    """
    del trail  # the repository is as new as the client asks
    jobs, told = jobs_of(state), _told(served, request, state)
    state.serving.queries.require_offered(served.repository.label)
    asked, body = await read_asked(request)
    _require_format(jobs, asked.format)
    wanted = preference_of(
        request.headers.get("prefer", ""), jobs.settings.inline_seconds
    )
    label, reader = served.repository.label, reader_of(request.scope)
    job = await jobs.submit(label, reader, asked.kind, asked.format, body)
    found = await jobs.wait(job, wanted.seconds, lambda job: not job.is_active)
    if found is not None and found.phase == "ERROR" and found.failure is not None:
        await jobs.delete(found.id)  # all that there is to it is told here
        raise error_of(found.failure)
    headers = {"location": told.location(job)}
    if wanted.applied is not None:
        headers["preference-applied"] = wanted.applied
    if found is not None and _is_short(found):
        return await _deliver(jobs, found, request, headers)
    return Response(b"", status_code=303, headers=headers)


def _is_short(job: Job) -> bool:
    """Tell whether a result can be the answer itself; a file of nothing cannot."""
    least = 0 if job.format == "jsonl" else 1
    return job.phase == "COMPLETED" and least <= len(job.parts) <= 1


async def _deliver(
    jobs: Jobs, job: Job, request: AnyRequest, headers: dict[str, str]
) -> Response[Any]:
    file = None
    for part in job.parts:
        file = await asyncio.to_thread(jobs.open_part, job, part.name)
    try:
        await jobs.deliver(job)
        return inline_response(request, file, job.format, headers)
    except BaseException:
        if file is not None:
            file.close()
        raise


@get("/query/jobs", summary="One's own jobs", responses=_REFUSALS)
async def list_jobs(
    served: NamedDependency[Served], request: AnyRequest, state: State
) -> JobList:
    """Return them, the newest first, without the files of their results."""
    jobs, told = jobs_of(state), _told(served, request, state)
    found = await jobs.of_user(served.repository.label, reader_of(request.scope))
    return JobList([told.info(job, with_parts=False) for job in found])


@get("/query/jobs/{job_id:str}", summary="A job", responses=_REFUSALS)
async def get_job(
    served: NamedDependency[Served],
    request: AnyRequest,
    state: State,
    job_id: FromPath[str],
    wait: Wait = None,
) -> JobInfo:
    """Return a job; if asked to wait, as soon as its phase is another."""
    jobs, told = jobs_of(state), _told(served, request, state)
    seconds = seconds_of(wait)
    job = await _find(jobs, served, request, job_id)
    if seconds and job.is_active:
        phase = job.phase
        await jobs.wait(job, seconds, lambda job: job.phase != phase)
        job = await _find(jobs, served, request, job_id)
    return told.info(job)


@post(
    "/query/jobs/{job_id:str}/phase",
    status_code=303,
    summary="Abort a job",
    operation_class=operation_with(PhaseRequest, {"phase": "ABORT"}),
    responses=_REFUSALS,
)
async def change_phase(
    served: NamedDependency[Served],
    request: AnyRequest,
    state: State,
    job_id: FromPath[str],
) -> Response[bytes]:
    """End a job that is not at its end; what has ended stays as it is."""
    jobs, told = jobs_of(state), _told(served, request, state)
    await _PHASE_BODY.read(request)
    job = await _find(jobs, served, request, job_id)
    await jobs.abort(job)
    return Response(b"", status_code=303, headers={"location": told.location(job)})


@delete(
    "/query/jobs/{job_id:str}",
    status_code=204,
    summary="Release a job and its result",
    responses={501: _REFUSALS[501], 503: _REFUSALS[503]},
)
async def delete_job(
    served: NamedDependency[Served],
    request: AnyRequest,
    state: State,
    job_id: FromPath[str],
) -> None:
    """Abort a job and remove its result; that there is none is as good."""
    jobs = jobs_of(state)
    try:
        job = await _find(jobs, served, request, job_id)
    except NotFoundError:
        return
    await jobs.delete(job.id)


async def _find(jobs: Jobs, served: Served, request: AnyRequest, id_: str) -> Job:
    return await jobs.get(served.repository.label, reader_of(request.scope), id_)


def jobs_of(state: State) -> Jobs:
    """Return the jobs of this server.

    Raises
    ------
    NotSupportedError
        If there are none.
    """
    jobs: Jobs | None = state.serving.jobs
    if jobs is None:
        raise NotSupportedError(
            "This server has no jobs: its operator has set no folder in [jobs]. Send "
            "the query to the stock routes, which stream the result."
        )
    return jobs


def _told(served: Served, request: AnyRequest, state: State) -> Told:
    to = served.recipient(base_url(request, state.public_url))
    return Told(served.repository.label, jobs_of(state).signer, to)


def _require_format(jobs: Jobs, format_: str) -> None:
    if format_ == "parquet" and not jobs.has_parquet:
        raise NotSupportedError(
            "This server writes no Parquet files: its operator has not installed "
            "butlery[queries]. The format jsonl works."
        )


HANDLERS = (submit_job, list_jobs, get_job, change_phase, delete_job)
