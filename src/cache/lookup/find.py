"""Finds the first dataset on a search path; one statement at most.

Source of the rules: schema sheet §6.2, §6.3 and §6.5. Where DirectButler is not
consistent with itself about ambiguous calibrations, this raises.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ...protocol.collections import CollectionType
from ...protocol.dimensions import DataCoordinate
from ...protocol.errors import CalibrationLookupError
from ...protocol.scalars import UNBOUNDED, Timespan
from ...registry import (
    FileRecord,
    FoundDataset,
    RegisteredDatasetType,
    StaleDefinitionsError,
)
from ..snapshot import Collection, Snapshot
from .data_ids import DataId, check_types
from .expansion import assemble, complete_values


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


async def find_dataset(snapshot: Snapshot, search: DatasetSearch) -> Dataset | None:
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
    path = snapshot.collections.search_path(search.collections)
    check_types(search.dataset_type.group, search.values)
    members = _members(snapshot, search, path)
    if not members:
        return None
    snapshot.require_readable(search.dataset_type)
    calibs = [c.key for c in members if c.type is CollectionType.CALIBRATION]
    tags = [c.key for c in members if c.type is not CollectionType.CALIBRATION]
    found = await snapshot.reader.find(
        search.dataset_type,
        search.values,
        tag_collections=tags,
        calib_collections=calibs,
        timespan=search.timespan or UNBOUNDED,
        records=search.records,
        files=search.files,
    )
    first = _first(members, found)
    return None if first is None else _dataset(snapshot, search, first)


def _members(
    snapshot: Snapshot, search: DatasetSearch, path: Sequence[Collection]
) -> list[Collection]:
    """Return the collections of the path that can have a match at all."""
    dataset_type, timespan = search.dataset_type, search.timespan
    if dataset_type.is_calibration and timespan is not None and is_empty(timespan):
        return []
    with_ranges = dataset_type.is_calibration and timespan is not None
    return [
        collection
        for collection in path
        if (with_ranges or collection.type is not CollectionType.CALIBRATION)
        and snapshot.summaries.may_hold(
            collection, dataset_type.id, dataset_type.group, search.values
        )
    ]


def is_empty(timespan: Timespan) -> bool:
    """Tell whether nothing can overlap a timespan."""
    return timespan[0] >= timespan[1]


def _first(
    members: Sequence[Collection], found: list[FoundDataset]
) -> FoundDataset | None:
    by_key = {dataset.collection: dataset for dataset in found}
    counts = Counter(dataset.collection for dataset in found)
    for collection in members:
        if counts[collection.key] > 1:
            raise CalibrationLookupError(
                "Ambiguous calibration validity range match. This usually means a "
                "temporal join or 'where' needs to be added, but it could also mean "
                "that multiple validity ranges overlap a single output data ID."
            )
        if counts[collection.key] == 1:
            return by_key[collection.key]
    return None


def _dataset(snapshot: Snapshot, search: DatasetSearch, found: FoundDataset) -> Dataset:
    dataset_type, group = search.dataset_type, search.dataset_type.group
    run = run_name(snapshot, found.run)
    if found.names is not None:
        collection = snapshot.collections.by_key[found.collection].name
        if found.names != (dataset_type.name, collection, run):
            raise StaleDefinitionsError("a key has been given to another name")
    values = complete_values(snapshot, group, search.values, found.records)
    if not search.records:
        data_id = coordinate(values)
    else:
        data_id = assemble(snapshot, group, values, found.records).wire()
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
