"""Dataset types, and datasets by UUID or data ID."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from ...cache import Dataset, Trail
from ...cache.enough import for_dataset_type
from ...protocol.datasets import (
    DatasetIdsRequest,
    DatasetRef,
    DatasetRefResponse,
    DatasetRefsResponse,
    DatasetTypeResponse,
    FindDatasetRequest,
    QueryDatasetTypesRequest,
    QueryDatasetTypesResponse,
)
from ..described import operation_with
from ..requests import AnyRequest, JsonBody, parse_uuid, query_flag
from ..served import Served

_FIND = JsonBody(FindDatasetRequest)
_IDS = JsonBody(DatasetIdsRequest)
_QUERY_TYPES = JsonBody(QueryDatasetTypesRequest)


def wire_ref(dataset: Dataset) -> DatasetRef:
    """Return a dataset as it is sent."""
    return DatasetRef(
        id=dataset.id,
        dataset_type=dataset.dataset_type.wire,
        data_id=dataset.data_id,
        run=dataset.run,
    )


@get("/dataset_type/{name:str}", summary="A dataset type's definition")
async def get_dataset_type(
    served: NamedDependency[Served], trail: NamedDependency[Trail], name: FromPath[str]
) -> DatasetTypeResponse:
    """Return one dataset type; clients build component types themselves."""
    is_enough = for_dataset_type(name)
    snapshot = await served.lookups.snapshot(trail, is_enough=is_enough)
    return DatasetTypeResponse(snapshot.dataset_types.get(name).wire)


@post(
    "/query_dataset_types",
    status_code=200,
    summary="Dataset types by name or glob",
    operation_class=operation_with(QueryDatasetTypesRequest),
)
async def query_dataset_types(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> QueryDatasetTypesResponse:
    """Return explicit names first, then what globs match."""
    body = await _QUERY_TYPES.read(request)
    snapshot = await served.lookups.snapshot(trail)
    found, missing = snapshot.dataset_types.query(body.search)
    return QueryDatasetTypesResponse([type_.wire for type_ in found], missing)


@get("/dataset/{id:str}", summary="A dataset by its UUID")
async def get_dataset(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    id: FromPath[str],  # noqa: A002 - the protocol's name
) -> DatasetRefResponse:
    """Return a dataset, or null if there is none."""
    dataset_id = parse_uuid(id, "id")
    records = query_flag(request, "dimension_records")
    dataset = await served.lookups.get_dataset(dataset_id, records=records, trail=trail)
    return DatasetRefResponse(None if dataset is None else wire_ref(dataset))


@post(
    "/datasets",
    status_code=200,
    summary="Many datasets by their UUIDs",
    operation_class=operation_with(DatasetIdsRequest),
)
async def get_many_datasets(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> DatasetRefsResponse:
    """Return the datasets that exist, each once, in no special order."""
    body = await _IDS.read(request)
    datasets = await served.lookups.get_datasets(body.dataset_ids, trail=trail)
    return DatasetRefsResponse([wire_ref(dataset) for dataset in datasets])


@post(
    "/find_dataset",
    status_code=200,
    summary="A dataset by data ID and collections",
    operation_class=operation_with(FindDatasetRequest),
)
async def find_dataset(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> DatasetRefResponse:
    """Return the first match on the search path, or null."""
    body = await _FIND.read(request)
    dataset = await served.lookups.find_dataset(
        body.dataset_type,
        body.data_id,
        body.default_data_id,
        body.collections,
        body.timespan,
        records=body.dimension_records,
        trail=trail,
    )
    return DatasetRefResponse(None if dataset is None else wire_ref(dataset))


HANDLERS = (
    get_dataset_type,
    query_dataset_types,
    get_dataset,
    get_many_datasets,
    find_dataset,
)
