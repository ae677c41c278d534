"""Finds datasets, one at a time or by their UUIDs, and their types."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from ...protocol import datasets as wire
from ...protocol.datasets import (
    DatasetRefResponse,
    DatasetRefsResponse,
    FindDatasetRequest,
)
from ...protocol.limits import MAX_DATASET_IDS
from ..connection.limits import MOST_AT_ONCE
from ..connection.messages import Call, Together
from ..errors import DatasetTypeExpressionError
from ..model import DatasetRef, DatasetType, name_of, split_name, wire_timespan
from .arguments import data_id_of
from .repository import Repository


def find_dataset(
    repository: Repository,
    dataset_type: Any,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    *,
    collections: Any,
    timespan: Any,
    storage_class: Any,
    dimension_records: bool,
) -> Call[DatasetRef | None]:
    """Return the first dataset of a search, or `None`."""
    shapes = yield from repository.shapes()
    whole, component = split_name(name_of(dataset_type))
    body = FindDatasetRequest(
        dataset_type=whole,
        data_id=data_id_of(data_id, more),
        collections=repository.collections(collections),
        timespan=wire_timespan(timespan),
        default_data_id=dict((yield from repository.default_data_id())),
        dimension_records=dimension_records,
    )
    answer = yield from repository.session.post(
        "find_dataset", body, DatasetRefResponse
    )
    if answer.dataset_ref is None:
        return None
    if storage_class is None:
        storage_class = _override(dataset_type)
    return as_asked(shapes.dataset_ref(answer.dataset_ref), component, storage_class)


def _override(dataset_type: Any) -> str | None:
    """Return what a definition says that datasets are read as."""
    named = getattr(dataset_type, "storageClass_name", None)
    return str(named) if named else None


def get_dataset(
    repository: Repository,
    id: Any,
    storage_class: Any,
    *,
    dimension_records: bool,
) -> Call[DatasetRef | None]:
    """Return the dataset of a UUID, or `None`."""
    shapes = yield from repository.shapes()
    answer = yield from repository.session.get(
        f"dataset/{uuid_of(id)}",
        DatasetRefResponse,
        dimension_records="true" if dimension_records else "false",
    )
    if answer.dataset_ref is None:
        return None
    return as_asked(shapes.dataset_ref(answer.dataset_ref), None, storage_class)


def get_many_datasets(
    repository: Repository, ids: Iterable[Any]
) -> Call[list[DatasetRef]]:
    """Return the datasets of some UUIDs; those that do not exist are left out."""
    shapes = yield from repository.shapes()
    unique = list(dict.fromkeys(uuid_of(each) for each in ids))
    parts = [
        repository.session.post(
            "datasets",
            {"dataset_ids": unique[at : at + MAX_DATASET_IDS]},
            DatasetRefsResponse,
        )
        for at in range(0, len(unique), MAX_DATASET_IDS)
    ]
    answers: list[DatasetRefsResponse] = yield Together(parts, MOST_AT_ONCE)
    return [shapes.dataset_ref(row) for answer in answers for row in answer.rows]


def get_dataset_type(repository: Repository, name: str) -> Call[DatasetType]:
    """Return the definition of a dataset type, or of one of its components."""
    shapes = yield from repository.shapes()
    whole, component = split_name(name_of(name))
    kind = shapes.dataset_type((yield from definition_of(repository, whole)))
    return kind if component is None else kind.makeComponentDatasetType(component)


def definition_of(repository: Repository, name: str) -> Call[wire.DatasetType]:
    """Return the definition of a dataset type as it is on the wire.

    Raises
    ------
    DatasetTypeExpressionError
        If it cannot be the name of one.
    """
    if not (name.isascii() and name.isidentifier()):
        raise DatasetTypeExpressionError(
            f"{name!r} does not look like a valid dataset type name: letters, digits "
            "and underscores, and no digit first"
        )
    path = f"dataset_type/{quote(name, safe='')}"
    answer = yield from repository.session.definition(path, wire.DatasetTypeResponse)
    return answer.dataset_type


def as_asked(ref: DatasetRef, component: str | None, storage_class: Any) -> DatasetRef:
    """Return a reference to what was asked for: a component, or something read as."""
    if component is not None:
        ref = ref.makeComponentRef(component)
    if storage_class is not None:
        ref = ref.overrideStorageClass(name_of(storage_class))
    return ref


def uuid_of(given: Any) -> UUID:
    """Return a UUID, from its text or from a reference that has one.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(given, UUID):
        return given
    if isinstance(given, str):
        return UUID(given)
    found = getattr(given, "id", None)
    if isinstance(found, UUID):
        return found
    raise ValueError(f"{given!r} is no UUID, and has none")
