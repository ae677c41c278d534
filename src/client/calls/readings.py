"""Datasets that are ready to be read: found, with their files, one or many."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..connection.messages import Call
from .batches import naming
from .locating import locate, locate_many
from .reading import Opener, Reading
from .repository import Repository


def reading_of(
    repository: Repository,
    opener: Opener,
    dataset: Any,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    *,
    collections: Any,
    timespan: Any,
    storage_class: Any = None,
) -> Call[Reading]:
    """Return a dataset that is ready to be read.

    Raises
    ------
    DatasetNotFoundError
        If there is no such dataset, or no file of it.
    """
    stored = yield from locate(
        repository,
        dataset,
        data_id,
        more,
        collections=collections,
        timespan=timespan,
    )
    return Reading(repository, stored, dataset, storage_class, opener)


def readings_of(
    repository: Repository,
    opener: Opener,
    datasets: Iterable[Any],
    dataset_type: Any,
    *,
    collections: Any,
    timespan: Any,
    storage_class: Any,
) -> Call[list[Reading]]:
    """Return many of them, in their order.

    Raises
    ------
    DatasetNotFoundError
        If there is no such dataset, or no file of it; a note tells which it is.
    """
    given = list(datasets)
    found = yield from locate_many(
        repository, given, dataset_type, collections=collections, timespan=timespan
    )
    readings: list[Reading] = []
    for index, (asked, stored) in enumerate(zip(given, found, strict=True)):
        if isinstance(stored, Exception):
            raise naming(stored, index, asked)
        subject = dataset_type if isinstance(asked, Mapping) else asked
        readings.append(Reading(repository, stored, subject, storage_class, opener))
    return readings
