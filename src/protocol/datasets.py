"""Dataset types, dataset references and the lookups that find them."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from .dimensions import DataCoordinate, RequestDataId
from .limits import MAX_DATASET_IDS, Names
from .scalars import Timespan

DatasetIds = Annotated[list[UUID], msgspec.Meta(max_length=MAX_DATASET_IDS)]


class DatasetType(
    msgspec.Struct,
    frozen=True,
    rename={
        "storage_class": "storageClass",
        "parent_storage_class": "parentStorageClass",
        "is_calibration": "isCalibration",
    },
):
    """Definition of a dataset type; ``dimensions`` are the required ones."""

    name: str
    storage_class: str
    dimensions: list[str]
    parent_storage_class: str | None = None
    is_calibration: bool = False


class DatasetRef(
    msgspec.Struct,
    frozen=True,
    rename={"dataset_type": "datasetType", "data_id": "dataId"},
):
    """A dataset; ``run`` is the RUN it was made in, wherever it was found."""

    id: UUID
    dataset_type: DatasetType
    data_id: DataCoordinate
    run: str
    component: None = None


class DatasetTypeResponse(msgspec.Struct, frozen=True):
    """Answer of ``GET v1/dataset_type/{name}``."""

    dataset_type: DatasetType


class DatasetRefResponse(msgspec.Struct, frozen=True):
    """Answer of ``find_dataset`` and ``dataset/{id}``; null: there is none."""

    dataset_ref: DatasetRef | None


class FindDatasetRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/find_dataset``; ``timespan`` must be there, even if null."""

    dataset_type: str
    data_id: RequestDataId
    collections: Names
    timespan: Timespan | None
    default_data_id: RequestDataId = msgspec.field(default_factory=dict)
    dimension_records: bool = False


class DatasetIdsRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/datasets`` and ``POST v1/file_transfer``."""

    dataset_ids: DatasetIds


class DatasetRefsResponse(msgspec.Struct, frozen=True):
    """Answer of ``POST v1/datasets``; unknown ids are left out."""

    rows: list[DatasetRef]
    type: Literal["dataset_ref"] = "dataset_ref"


class QueryDatasetTypesRequest(msgspec.Struct, frozen=True):
    """Body of ``POST v1/query_dataset_types``: names and globs."""

    search: Names


class QueryDatasetTypesResponse(msgspec.Struct, frozen=True):
    """Matches, and the explicit names that do not exist."""

    dataset_types: list[DatasetType]
    missing: list[str]
