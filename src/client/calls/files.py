"""Asks where the files of datasets are, and whether they are there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ...protocol.files import GetFileByDataIdRequest, GetFileResponse
from ..connection.fetching import fetch
from ..connection.messages import Call, Nothing, Reply
from ..errors import DatasetNotFoundError
from ..files.located import Located
from ..files.source import Source, files_found
from ..model import (
    DatasetExistence,
    DatasetRefURIs,
    FileUri,
    name_of,
    split_name,
    wire_timespan,
)
from .arguments import data_id_of
from .lookups import uuid_of
from .repository import Repository


def find_files(
    repository: Repository,
    dataset: Any,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    *,
    collections: Any = None,
    timespan: Any = None,
) -> Call[GetFileResponse]:
    """Return a dataset and its files, from a reference or a search.

    Raises
    ------
    DatasetNotFoundError
        If there is no such dataset.
    ValueError
        If a reference comes with a data ID.
    """
    if hasattr(dataset, "id"):
        if data_id is not None:
            raise ValueError("a DatasetRef says all: leave out the data ID")
        return (
            yield from repository.session.get(
                f"get_file/{uuid_of(dataset)}", GetFileResponse
            )
        )
    body = GetFileByDataIdRequest(
        dataset_type=split_name(name_of(dataset))[0],
        data_id=data_id_of(data_id, more),
        collections=repository.collections(collections),
        default_data_id=dict((yield from repository.default_data_id())),
        timespan=wire_timespan(timespan),
    )
    return (
        yield from repository.session.post("get_file_by_data_id", body, GetFileResponse)
    )


def component_asked(dataset: Any) -> str | None:
    """Return the component that a name, a type or a reference asks for."""
    if isinstance(dataset, UUID):
        return None
    named = getattr(dataset, "datasetType", dataset)
    return split_name(name_of(named))[1]


def files_of(found: GetFileResponse) -> list[Located]:
    """Return the files of a dataset.

    Raises
    ------
    DatasetNotFoundError
        If there are none.
    """
    return files_found(found.dataset_ref.id, found)


def uris_of(found: GetFileResponse) -> DatasetRefURIs:
    """Return the URLs of a dataset's files."""
    files = files_of(found)
    components = {
        file.component: FileUri(file.url)
        for file in files
        if file.component is not None
    }
    whole = [f for f in files if f.component is None]
    return DatasetRefURIs(FileUri(whole[0].url) if whole else None, components)


def only_uri(found: DatasetRefURIs) -> FileUri:
    """Return the one URL of a dataset.

    Raises
    ------
    RuntimeError
        If there are several.
    """
    if found.primaryURI is None:
        raise RuntimeError(
            "the dataset is stored in several files, one for each of its components "
            f"({', '.join(found.componentURIs)}): use getURIs"
        )
    return found.primaryURI


def find_existence(
    repository: Repository,
    dataset: Any,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    *,
    collections: Any,
    full_check: bool,
) -> Call[DatasetExistence]:
    """Return how much of a dataset there is."""
    try:
        found = yield from find_files(
            repository, dataset, data_id, more, collections=collections
        )
    except DatasetNotFoundError:
        return DatasetExistence.UNRECOGNIZED
    if found.artifact is None:
        recorded = DatasetExistence.RECORDED
        return recorded if full_check else recorded | DatasetExistence._ASSUMED  # noqa: SLF001
    if not full_check:
        return DatasetExistence.KNOWN
    for file in files_of(found):
        if not (yield from _is_there(repository, file)):
            return DatasetExistence.RECORDED | DatasetExistence.DATASTORE
    return DatasetExistence.VERIFIED


def _is_there(repository: Repository, file: Located) -> Call[bool]:
    # A URL that is signed for GET answers nothing else: one byte is asked for.
    source = Source(repository.session, file)
    reply: Reply = yield from fetch(
        source.url,
        token=source.token,
        headers={"range": "bytes=0-0"},
        sink=lambda *_: Nothing(),
    )
    return reply.status in {200, 206, 416}
