"""Datasets by data IDs as clients send them: decoded, resolved, found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from ...protocol.dimensions import DataId, RequestDataId
from ...protocol.errors import DatasetNotFoundError
from ...protocol.scalars import UNBOUNDED, Timespan
from .data_ids import read_data_id, resolve_data_id, standardize
from .dataset import Dataset
from .expansion import expand_temporal
from .find import find_dataset
from .search import DatasetSearch
from .view import View


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One lookup by data ID, as it came over the wire."""

    dataset_type: str
    data_id: RequestDataId
    collections: Sequence[str]
    timespan: Timespan | None


async def find_wanted(
    view: View, wanted: Wanted, read_defaults: Callable[[], DataId], *, records: bool
) -> Dataset | None:
    """Return the first match on the search path, or `None`.

    Without a timespan, CALIBRATION collections take no part.

    Parameters
    ----------
    read_defaults
        Checks the default data ID; what is wrong with the dataset type is said first.
    """
    type_, defaults = view.dataset_type(wanted.dataset_type), read_defaults()
    resolved = await resolve_data_id(
        view, type_, read_data_id(wanted.data_id), defaults
    )
    search = DatasetSearch(
        type_,
        standardize(type_.group, resolved, defaults),
        wanted.collections,
        wanted.timespan,
        records=records,
    )
    return await find_dataset(view, search)


async def find_wanted_files(
    view: View, wanted: Wanted, read_defaults: Callable[[], DataId]
) -> Dataset:
    """Return the first match with its files.

    A calibration without a timespan takes that of its temporal dimensions, or all times
    if it has none.

    Raises
    ------
    DatasetNotFoundError
        If nothing matches.
    """
    type_, defaults = view.dataset_type(wanted.dataset_type), read_defaults()
    resolved = await resolve_data_id(
        view, type_, read_data_id(wanted.data_id), defaults
    )
    expanded, span = None, wanted.timespan
    if type_.is_calibration:
        # All that is given must make sense, also what is not needed.
        standardize(view.snapshot.universe.group(resolved), resolved, defaults)
    if type_.is_calibration and span is None:
        expanded = await expand_temporal(view, resolved, defaults)
        span = UNBOUNDED
    if expanded is not None:
        span = expanded.timespan(view.snapshot.universe.temporal_families)
        resolved = {**resolved, **expanded.values}
    values = standardize(type_.group, resolved, defaults)
    search = DatasetSearch(type_, values, wanted.collections, span, files=True)
    dataset = await find_dataset(view, search)
    if dataset is None:
        shown = values if expanded is None else expanded.values
        raise DatasetNotFoundError(
            f"Dataset {type_.name} with data ID {_text(shown)} could not be found in "
            f"collections {list(wanted.collections)}."
        )
    if expanded is None or not expanded.covers(type_.group):
        return dataset
    return replace(dataset, data_id=expanded.subset(type_.group).wire())


def _text(values: DataId) -> str:
    return f"{{{', '.join(f'{name}: {value!r}' for name, value in values.items())}}}"
