"""Files of jobs' results, under the signed URLs that a job names.

As with files of datasets, the URL says, under its signature, who was given it; whether
they are still admitted, and the job is still theirs, is looked at again.
"""

import asyncio
from typing import Any

from litestar import HttpMethod, Response, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from ..access import Identities
from ..files.own_urls import read_query
from ..files.response import file_response
from ..jobs.inline import MEDIA_TYPES
from ..jobs.told import check_url
from ..requests import AnyRequest
from ..served import Served
from .jobs import jobs_of


@route(
    "/jobs/{job_id:str}/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    summary="A part of a job's result, by a signed URL",
)
async def read_job_part(
    whole: NamedDependency[Served],
    request: AnyRequest,
    state: State,
    job_id: FromPath[str],
    name: FromPath[str],
) -> Response[Any]:
    """Return a part or a range of it; the URL says who was given it."""
    jobs, label = jobs_of(state), whole.repository.label
    query = request.query_params
    signed = read_query(query, query.getall("Group", ()))
    check_url(jobs.signer, label, job_id, name, signed)
    identities: Identities = state.serving.identities
    reader = identities.readmit(signed.holder)
    whole.seen_by(reader)  # or they may no longer open the repository
    job = await jobs.get(label, reader, job_id)
    file = await asyncio.to_thread(jobs.open_part, job, name)
    answer = file_response(request, file)
    answer.media_type = MEDIA_TYPES[job.format]
    return answer


HANDLERS = (read_job_part,)
