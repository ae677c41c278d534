"""Many lookups through one view; one outcome for each item, in their order.

What is wrong with an item is its outcome. What is wrong with the repository ends the
whole, so that no answer is made of parts that do not belong together. Every item is
looked up by the rules of a single lookup, and refused in its words.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from ...protocol.dimensions import DataId, RequestDataId
from ...protocol.errors import ButleryError, DatasetNotFoundError
from .by_data_id import Wanted, find_wanted, find_wanted_files
from .by_uuid import get_datasets
from .data_ids import read_defaults
from .dataset import Dataset
from .view import View

_AT_ONCE = 4
"""Items that may wait for the database at the same time: half of its connections."""

_BREATH = 32
"""Items between two turns of everybody else."""


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
        return await find_wanted(view, wanted, defaults.values, records=records)

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
    if len(ids) == len(items):
        return [by_id.get(id_) for id_ in ids]

    async def get(item: UUID | Wanted) -> Dataset | None:
        if isinstance(item, UUID):
            return by_id.get(item)
        try:
            return await find_wanted_files(view, item, defaults.values)
        except DatasetNotFoundError:
            return None

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
