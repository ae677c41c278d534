"""Finds the first dataset on a search path.

Source of the rules: schema sheet §6.2, §6.3 and §6.5. Where DirectButler is not
consistent with itself about ambiguous calibrations, this raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ...protocol.dimensions import DataCoordinate
from ...protocol.scalars import Timespan
from ...registry import (
    FileRecord,
    FoundDataset,
    RegisteredDatasetType,
    StaleDefinitionsError,
)
from ..snapshot import Snapshot
from .data_ids import DataId, check_types
from .expansion import assemble, complete_values
from .view import View


@dataclass(frozen=True, slots=True)
class DatasetSearch:
    """A find-first search.

    Parameters
    ----------
    values
        Values of the type's required dimensions.
    collections
        Names and globs, in search order.
    timespan
        Validity ranges must overlap it; `None`: CALIBRATION collections take no
        part.
    records
        Whether dimension records are wanted.
    files
        Whether file records are wanted.
    """

    dataset_type: RegisteredDatasetType
    values: DataId
    collections: Sequence[str]
    timespan: Timespan | None
    records: bool = False
    files: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was found, with what was asked for.

    Parameters
    ----------
    run
        Name of the RUN it was made in.
    data_id
        Its data coordinate.
    files
        Its files; empty if there are none, or they were not asked for.
    """

    id: UUID
    dataset_type: RegisteredDatasetType
    run: str
    data_id: DataCoordinate
    files: tuple[FileRecord, ...] = ()


async def find_dataset(view: View, search: DatasetSearch) -> Dataset | None:
    """Return the first match on the search path, or `None`.

    Raises
    ------
    MissingCollectionError
        If an explicit collection name does not exist.
    CalibrationLookupError
        If several validity ranges match in the first collection that matches.
    InvalidQueryError
        If a value has not the type of its dimension.
    """
    dataset_type, timespan = search.dataset_type, search.timespan
    with_ranges = dataset_type.is_calibration and timespan is not None
    path = view.path(
        search.collections, dataset_type, search.values, with_ranges=with_ranges
    )
    check_types(dataset_type.group, search.values)
    if with_ranges and is_empty(timespan):
        return None
    for segment in path.segments:
        view.snapshot.require_readable(dataset_type)
        found = await view.find(
            dataset_type,
            search.values,
            segment,
            timespan,
            records=search.records,
            files=search.files,
        )
        if found is not None:
            return _dataset(view, search, found)
    return None


def is_empty(timespan: Timespan | None) -> bool:
    """Tell whether nothing can overlap a timespan."""
    return timespan is not None and timespan[0] >= timespan[1]


def _dataset(view: View, search: DatasetSearch, found: FoundDataset) -> Dataset:
    snapshot = view.snapshot
    dataset_type, group = search.dataset_type, search.dataset_type.group
    run = run_name(snapshot, found.run)
    if found.names is not None:
        collection = snapshot.collections.by_key[found.collection].name
        if found.names != (dataset_type.name, collection, run):
            raise StaleDefinitionsError("a key has been given to another name")
    values = complete_values(view, group, search.values, found.records)
    if not search.records:
        data_id = coordinate(values)
    else:
        data_id = assemble(view, group, values, found.records).wire()
    return Dataset(found.id, dataset_type, run, data_id, found.files)


def run_name(snapshot: Snapshot, key: object) -> str:
    """Return the name of a run by its key.

    Raises
    ------
    StaleDefinitionsError
        If the snapshot does not know it yet.
    """
    collection = snapshot.collections.by_key.get(key)
    if collection is None:
        raise StaleDefinitionsError(f"the run with key {key} is newer")
    return collection.name


def coordinate(values: DataId) -> DataCoordinate:
    """Return a data coordinate without records; the empty one has them all."""
    return DataCoordinate(values, None if values else {})
