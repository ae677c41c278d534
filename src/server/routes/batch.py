"""Many lookups in one request: datasets, and where their files are.

Not of the stock protocol. Few items fit into a URL, and the answer can then be kept by
the client like any other; many are sent as a body.
"""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter

from ...cache import Trail, Wanted
from ...protocol.batch import (
    FindDatasetsRequest,
    FindDatasetsResponse,
    GetFilesRequest,
    GetFilesResponse,
)
from ...protocol.errors import ProblemResponse
from ...protocol.scalars import as_encoded, encode_json
from ..batch import (
    Lookups,
    find_from_body,
    find_from_query,
    find_outcomes,
    get_from_body,
    get_from_query,
    get_outcomes,
)
from ..described import operation_answering, operation_with
from ..files.access_log import log_file_accesses
from ..requests import AnyRequest, base_url
from ..served import Served
from . import batch_examples as examples

_REFUSALS = {
    404: ResponseSpec(ProblemResponse, description="Unknown repository"),
    422: ResponseSpec(ProblemResponse, description="The request makes no sense"),
    503: ResponseSpec(ProblemResponse, description="Not now; see Retry-After"),
}
_MOST = "At most 100; send more as a POST."

DatasetTypeName = Annotated[
    str | None, QueryParameter(description="Name of a dataset type.")
]
Collections = Annotated[
    str | None,
    QueryParameter(
        description="Names and globs in search order, with commas between them."
    ),
]
DataIds = Annotated[
    list[str] | None,
    QueryParameter(
        name="data_id", description=f"Data IDs, one JSON object each. {_MOST}"
    ),
]
TimespanText = Annotated[
    str | None,
    QueryParameter(
        description="Begin and end as a JSON array of TAI nanoseconds since 1970; "
        "without it, CALIBRATION collections take no part."
    ),
]
Flag = Annotated[
    str | None, QueryParameter(description="Whether dimension records are wanted.")
]
Ids = Annotated[
    list[str] | None, QueryParameter(name="id", description=f"UUIDs. {_MOST}")
]


@post(
    "/find_datasets",
    status_code=200,
    summary="Many datasets by data ID and collections",
    operation_class=operation_with(
        FindDatasetsRequest, examples.FIND_REQUEST, examples.FIND_RESPONSE
    ),
    responses=_REFUSALS,
)
async def find_datasets(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> FindDatasetsResponse:
    """Return one outcome for each item, in their order."""
    lookups, raw = served.lookups, await request.body()
    key = ("find_datasets", request.headers.get("content-type"), raw)
    content: bytes | None = lookups.recall(key, trail)
    if content is None:
        answer = await _find(served, trail, await find_from_body(request))
        content = encode_json(answer)
        # What a refusal depends on is not known.
        if all(item.outcome != "bad_request" for item in answer.items):
            lookups.remember(key, content, len(raw) + len(content), trail)
    return as_encoded(content, FindDatasetsResponse)


@get(
    "/find_datasets",
    summary="A few datasets by data ID and collections",
    operation_class=operation_answering(examples.FIND_RESPONSE),
    responses=_REFUSALS,
)
async def find_few_datasets(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    dataset_type: DatasetTypeName = None,
    collections: Collections = None,
    data_ids: DataIds = None,
    timespan: TimespanText = None,
    dimension_records: Flag = None,
) -> FindDatasetsResponse:
    """Return one outcome for each data ID, in their order."""
    del dimension_records  # read as a flag
    lookups = find_from_query(
        request, dataset_type, collections, data_ids or (), timespan
    )
    return await _find(served, trail, lookups)


async def _find(
    served: Served, trail: Trail, lookups: Lookups[Wanted]
) -> FindDatasetsResponse:
    outcomes = await served.lookups.find_many(
        lookups.items, lookups.default_data_id, records=lookups.records, trail=trail
    )
    return FindDatasetsResponse(*await find_outcomes(outcomes, records=lookups.records))


@post(
    "/get_files",
    status_code=200,
    summary="URLs of the files of many datasets",
    operation_class=operation_with(
        GetFilesRequest, examples.GET_REQUEST, examples.GET_RESPONSE
    ),
    responses=_REFUSALS,
)
async def get_files(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
) -> GetFilesResponse:
    """Return one outcome for each item, in their order."""
    return await _get(served, trail, request, state, await get_from_body(request))


@get(
    "/get_files",
    summary="URLs of the files of a few datasets",
    operation_class=operation_answering(examples.GET_RESPONSE),
    responses=_REFUSALS,
)
async def get_few_files(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
    ids: Ids = None,
) -> GetFilesResponse:
    """Return one outcome for each UUID, in their order."""
    return await _get(served, trail, request, state, get_from_query(ids or ()))


async def _get(
    served: Served,
    trail: Trail,
    request: AnyRequest,
    state: State,
    lookups: Lookups[UUID | Wanted],
) -> GetFilesResponse:
    url = base_url(request, state.public_url)
    # The URLs are for GET: nobody who asks here takes them for files to look for.
    to = served.recipient(url, probes=False, many=True)
    outcomes = await served.lookups.get_many(
        lookups.items, lookups.default_data_id, trail=trail
    )
    return GetFilesResponse(
        *await get_outcomes(
            lookups.items,
            outcomes,
            served.files.locate,
            to,
            partial(log_file_accesses, request, served.repository.label),
        )
    )


FIND_HANDLERS = (find_datasets, find_few_datasets)
GET_HANDLERS = (get_files, get_few_files)
