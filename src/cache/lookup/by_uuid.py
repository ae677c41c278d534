"""Datasets by UUID; one statement for any number of them."""

from collections.abc import Sequence
from uuid import UUID

from ...registry import StaleDefinitionsError, StoredDataset
from ..snapshot import Snapshot
from .dataset import Dataset, coordinate, run_name
from .kept import find_shown, find_stored
from .view import View


async def get_datasets(
    view: View, ids: Sequence[UUID], *, files: bool = False
) -> list[Dataset]:
    """Return the datasets with these UUIDs that exist, each once, in no order.

    Data IDs have required values only.

    Raises
    ------
    UnavailableError
        If the server may not read the table of one.
    StaleDefinitionsError
        If one has a type or a run that the snapshot does not know yet.
    """
    if not ids:
        return []
    find = find_shown if view.is_limited else find_stored
    found = await find(view, list(dict.fromkeys(ids)), files=files)
    datasets = (_dataset(view.snapshot, stored, files=files) for stored in found)
    return [dataset for dataset in datasets if dataset is not None]


def _dataset(
    snapshot: Snapshot, stored: StoredDataset, *, files: bool
) -> Dataset | None:
    dataset_type = snapshot.dataset_types.by_id.get(stored.dataset_type_id)
    if dataset_type is None:
        raise StaleDefinitionsError("a dataset's type is newer than the snapshot")
    run = run_name(snapshot, stored.run)
    if stored.names is not None and stored.names != (dataset_type.name, run):
        raise StaleDefinitionsError("a key has been given to another name")
    snapshot.require_readable(dataset_type)
    if stored.values is None:
        return None  # its RUN is being removed
    values = dict(zip(dataset_type.group.required, stored.values, strict=True))
    kept = stored.files if files else ()
    return Dataset(stored.id, dataset_type, run, coordinate(values), kept)
