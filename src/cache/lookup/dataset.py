"""A dataset that a lookup has found, with what was asked for."""

from dataclasses import dataclass
from uuid import UUID

from ...protocol.dimensions import DataCoordinate, DataId
from ...registry import FileRecord, RegisteredDatasetType, StaleDefinitionsError
from ..snapshot import Snapshot


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


def run_name(snapshot: Snapshot, key: object) -> str:
    """Return the name of a run by its key.

    Raises
    ------
    StaleDefinitionsError
        If the snapshot does not know it yet.
    """
    collection = snapshot.collections.whole.by_key.get(key)
    if collection is None:
        raise StaleDefinitionsError(f"the run with key {key} is newer")
    return collection.name


def coordinate(values: DataId) -> DataCoordinate:
    """Return a data coordinate without records; the empty one has them all."""
    return DataCoordinate(values, None if values else {})
