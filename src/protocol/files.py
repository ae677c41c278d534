"""Where the files of a dataset are, and how a client may read them."""

from typing import Literal
from uuid import UUID

import msgspec

from .datasets import DatasetRef
from .dimensions import RequestDataId
from .limits import Names
from .scalars import Timespan

UrlAuth = Literal["none", "gafaelfawr", "datastore"]
"""Which credentials a client must send with a URL."""


class StoredFileInfo(msgspec.Struct, frozen=True):
    """A datastore record; ``formatter`` and ``storage_class`` are only labels.

    ``path`` is relative and keeps a ``#zip-path=`` fragment; ``file_size`` is in
    bytes, -1 if unknown.
    """

    formatter: str
    path: str
    storage_class: str
    component: str | None
    checksum: str | None
    file_size: int


class FileInfo(
    msgspec.Struct, frozen=True, rename={"datastore_records": "datastoreRecords"}
):
    """A URL and the record that says how to read what it returns."""

    url: str
    datastore_records: StoredFileInfo
    auth: UrlAuth = "none"


class FileArtifact(msgspec.Struct, frozen=True):
    """The files of one dataset: one, or one per component. Never an empty list."""

    file_info: list[FileInfo]
    datastore_type: Literal["file"] = "file"


class GetFileByDataIdRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/get_file_by_data_id``."""

    dataset_type: str
    data_id: RequestDataId
    collections: Names
    default_data_id: RequestDataId = msgspec.field(default_factory=dict)
    timespan: Timespan | None = None


class GetFileResponse(msgspec.Struct, frozen=True):
    """A dataset and its files; ``artifact`` is null if no datastore has any."""

    dataset_ref: DatasetRef
    artifact: FileArtifact | None


class FileTransferRecord(msgspec.Struct, frozen=True):
    """A lasting URL and the record that a receiving repository will store."""

    url: str
    auth: UrlAuth
    file_info: StoredFileInfo


class FileTransferResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/file_transfer``; ids without files are absent."""

    files: dict[UUID, list[FileTransferRecord]]
