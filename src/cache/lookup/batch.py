"""Many lookups through one view; one outcome for each item, in their order.

What is wrong with an item is its outcome. What is wrong with the repository ends the
whole, so that no answer is made of parts that do not belong together. Every item is
looked up by the rules of a single lookup, and refused in its words.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from ...protocol.dimensions import DataId, RequestDataId
from ...protocol.errors import ButleryError
from ...protocol.scalars import UNBOUNDED, Timespan
from .by_uuid import get_datasets
from .data_ids import read_data_id, read_defaults, resolve_data_id, standardize
from .dataset import Dataset
from .expansion import expand_temporal
from .find import find_dataset
from .search import DatasetSearch
from .view import View

_AT_ONCE = 4
"""Items that may wait for the database at the same time: half of its connections."""

_BREATH = 32
"""Items between two turns of everybody else."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One lookup by data ID, as it came over the wire."""

    dataset_type: str
    data_id: RequestDataId
    collections: Sequence[str]
    timespan: Timespan | None


Outcome = Dataset | ButleryError | None
"""A dataset; why the item was refused; or there is none."""


async def find_many(
    view: View,
    items: Sequence[Wanted | ButleryError],
    default_data_id: RequestDataId,
    *,
    records: bool = False,
) -> list[Outcome]:
    """Return the first match for each item; one that is refused already stays so.

    Raises
    ------
    UnavailableError, StaleDefinitionsError, UnsettledError
        If one of them cannot be looked up now.
    """
    defaults = _Defaults(view, default_data_id)

    async def find(wanted: Wanted) -> Dataset | None:
        return await _find(view, wanted, defaults, records=records)

    return await _each(view, items, find)


async def get_many(
    view: View,
    items: Sequence[UUID | Wanted | ButleryError],
    default_data_id: RequestDataId,
) -> list[Outcome]:
    """Return the dataset of each item with its files; all UUIDs in one statement.

    Raises
    ------
    UnavailableError, StaleDefinitionsError, UnsettledError
        If one of them cannot be looked up now.
    """
    defaults = _Defaults(view, default_data_id)
    ids = [item for item in items if isinstance(item, UUID)]
    found = await get_datasets(view, ids, files=True)
    by_id = {dataset.id: dataset for dataset in found}

    async def get(item: UUID | Wanted) -> Dataset | None:
        if isinstance(item, UUID):
            return by_id.get(item)
        return await _find_files(view, item, defaults)

    return await _each(view, items, get)


async def _each(
    view: View,
    items: Sequence[object],
    look_up: Callable[[Any], Awaitable[Dataset | None]],
) -> list[Outcome]:
    outcomes: list[Outcome] = [None] * len(items)
    waiting = iter(enumerate(items))

    async def work() -> None:
        for number, item in waiting:
            if number % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
            if isinstance(item, ButleryError):
                outcomes[number] = item
                continue
            try:
                outcomes[number] = await look_up(item)
            except ButleryError as error:
                # What an old snapshot refuses may have been mended since.
                if view.settled or error.status >= 500:  # noqa: PLR2004 - of HTTP
                    raise
                outcomes[number] = error.with_traceback(None)

    # As long as nothing waits, the first does all the work.
    workers = [asyncio.create_task(work()) for _ in items[:_AT_ONCE]]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        if workers:  # none may go on beside the next attempt
            await asyncio.wait(workers)
    return outcomes


class _Defaults:
    """A default data ID, checked once; what is wrong with it refuses every item."""

    def __init__(self, view: View, data_id: RequestDataId) -> None:
        self._error: ButleryError | None = None
        self._values: DataId = {}
        try:
            self._values = read_defaults(view.snapshot, data_id)
        except ButleryError as error:
            self._error = error

    def values(self) -> DataId:
        if self._error is not None:
            raise self._error
        return self._values


async def _find(
    view: View, wanted: Wanted, defaults: _Defaults, *, records: bool
) -> Dataset | None:
    type_ = view.dataset_type(wanted.dataset_type)
    given = defaults.values()
    resolved = await resolve_data_id(view, type_, read_data_id(wanted.data_id), given)
    values = standardize(type_.group, resolved, given)
    search = DatasetSearch(
        type_, values, wanted.collections, wanted.timespan, records=records
    )
    return await find_dataset(view, search)


async def _find_files(
    view: View, wanted: Wanted, defaults: _Defaults
) -> Dataset | None:
    """Find as `Repository.find_files` does; without a match nothing needs words."""
    type_ = view.dataset_type(wanted.dataset_type)
    given = defaults.values()
    resolved = await resolve_data_id(view, type_, read_data_id(wanted.data_id), given)
    expanded, span = None, wanted.timespan
    if type_.is_calibration:
        # All that is given must make sense, also what is not needed.
        standardize(view.snapshot.universe.group(resolved), resolved, given)
    if type_.is_calibration and span is None:
        expanded = await expand_temporal(view, resolved, given)
        span = UNBOUNDED
    if expanded is not None:
        span = expanded.timespan(view.snapshot.universe.temporal_families)
        resolved = {**resolved, **expanded.values}
    values = standardize(type_.group, resolved, given)
    search = DatasetSearch(type_, values, wanted.collections, span, files=True)
    dataset = await find_dataset(view, search)
    if dataset is None or expanded is None or not expanded.covers(type_.group):
        return dataset
    return replace(dataset, data_id=expanded.subset(type_.group).wire())
