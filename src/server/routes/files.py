"""Where the files of datasets are."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from ...cache import Dataset, Trail
from ...protocol.datasets import DatasetIdsRequest
from ...protocol.errors import BadRequestError, DatasetNotFoundError, NotFoundError
from ...protocol.files import (
    FileArtifact,
    FileInfo,
    FileTransferRecord,
    FileTransferResponse,
    GetFileByDataIdRequest,
    GetFileResponse,
)
from ...registry import FileRecord
from ..described import operation_with
from ..files.access import FileAccess, as_sent
from ..files.access_log import Endpoint, log_file_accesses
from ..files.paths import relative_to_datastore
from ..requests import AnyRequest, Asked, JsonBody, base_url, parse_uuid
from ..served import Served
from .datasets import wire_ref

_BY_DATA_ID = JsonBody(GetFileByDataIdRequest)
_IDS = JsonBody(DatasetIdsRequest)


@get("/get_file/{dataset_id:str}", summary="A dataset's files by its UUID")
async def get_file(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
    dataset_id: FromPath[str],
) -> GetFileResponse:
    """Return URLs that work without credentials for a limited time."""
    id_ = parse_uuid(dataset_id, "dataset_id")
    dataset = await served.lookups.get_files(id_, trail=trail)
    if dataset is None:
        raise DatasetNotFoundError(f"Dataset ID {id_} not found")
    return with_files(served, request, state.public_url, dataset, "uuid")


@post(
    "/get_file_by_data_id",
    status_code=200,
    summary="A dataset's files by its data ID",
    operation_class=operation_with(GetFileByDataIdRequest),
)
async def get_file_by_data_id(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
) -> GetFileResponse:
    """Return the files of the first match; calibrations by validity range."""
    body = await _BY_DATA_ID.read(request)
    dataset = await served.lookups.find_files(
        body.dataset_type,
        body.data_id,
        body.default_data_id,
        body.collections,
        body.timespan,
        trail=trail,
    )
    return with_files(served, request, state.public_url, dataset, "data-id")


def with_files(
    served: Served,
    request: Asked,
    public_url: str | None,
    dataset: Dataset,
    endpoint: Endpoint,
) -> GetFileResponse:
    """Return a dataset with URLs of its files, and log that they were handed out."""
    to = served.recipient(base_url(request, public_url))
    log_file_accesses(request, served.repository.label, [(dataset, endpoint)])
    return GetFileResponse(wire_ref(dataset), served.files.artifact(dataset, to))


@get("/dataset/{dataset_id:str}/download", summary="Redirect to a dataset's file")
async def redirect_to_download(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
    dataset_id: FromPath[str],
) -> Redirect:
    """Redirect to the URL that ``get_file`` would give; this one lasts."""
    id_ = parse_uuid(dataset_id, "dataset_id")
    label = served.repository.label
    dataset = await served.lookups.get_files(id_, trail=trail)
    if dataset is None:
        raise NotFoundError(f"Dataset id '{id_}' not found in repository '{label}'")
    to = served.recipient(base_url(request, state.public_url), probes=False)
    artifact = served.files.artifact(dataset, to)
    if artifact is None:
        raise NotFoundError(
            f"No files are available for dataset id '{id_}' in repository '{label}'"
        )
    component = request.query_params.get("component")
    file = _select(artifact, component, f"'{id_}' in repository '{label}'")
    log_file_accesses(request, label, [(dataset, "uuid-redirect")])
    return Redirect(file.url, status_code=307)


def _select(artifact: FileArtifact, component: str | None, where: str) -> FileInfo:
    names = [file.datastore_records.component for file in artifact.file_info]
    for file, name in zip(artifact.file_info, names, strict=True):
        if name == component:
            return file
    if component is None:
        raise BadRequestError(
            f"Dataset {where} consists of multiple files.  Specify the 'component' "
            f"query parameter to select one of the following: {names}"
        )
    raise NotFoundError(
        f"Component '{component}' for dataset {where} not found.  "
        f"Available components: {names}"
    )


@post(
    "/file_transfer",
    status_code=200,
    summary="Lasting URLs of many datasets",
    operation_class=operation_with(DatasetIdsRequest),
)
async def file_transfer(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    request: AnyRequest,
    state: State,
) -> FileTransferResponse:
    """Return, for another repository, where the files are and how to record them."""
    body = await _IDS.read(request)
    datasets = await served.lookups.get_datasets(
        body.dataset_ids, files=True, trail=trail
    )
    label = quote(served.repository.label)
    root = f"{base_url(request, state.public_url)}/api/butler/repo/{label}/v1"
    files: dict[Any, list[FileTransferRecord]] = {
        dataset.id: _transfers(dataset, root, served.files)
        for dataset in datasets
        if dataset.files
    }
    return FileTransferResponse(files)


def _transfers(
    dataset: Dataset, root: str, access: FileAccess
) -> list[FileTransferRecord]:
    return [
        _transfer(file, f"{root}/dataset/{dataset.id}/download", access)
        for file in dataset.files
    ]


def _transfer(file: FileRecord, url: str, access: FileAccess) -> FileTransferRecord:
    sent = as_sent(file, relative_to_datastore(file.path))
    lasting = access.lasting_url(file)
    if lasting is not None:
        return FileTransferRecord(lasting, "datastore", sent)
    if file.component:
        url = f"{url}?component={quote(file.component)}"
    return FileTransferRecord(url, "gafaelfawr", sent)


HANDLERS = (get_file, get_file_by_data_id, redirect_to_download, file_transfer)
