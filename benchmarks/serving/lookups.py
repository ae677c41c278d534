"""Datasets of a release, chosen at random, each with a lookup and what it must find.

A direct Butler says what it must find: not always the dataset that was chosen, since a
user's own may stand before it.
"""

import random
from typing import Any

import msgspec

from benchmarks.release import plan
from benchmarks.release.datasets import Dataset, Value

from .place import Place

_HOUR_NS = 3600 * 10**9


class Lookup(msgspec.Struct, frozen=True):
    """A dataset, and a lookup that finds it."""

    id: str
    type: str
    data_id: dict[str, Value]
    collection: str
    timespan: tuple[int, int] | None


def sample_lookups(place: Place, count: int, seed: int = 1) -> list[Lookup]:
    """Choose datasets, and one of each type besides.

    Half are looked up in the release, half by its users.
    """
    from lsst.daf.butler import Butler

    chance = random.Random(seed)
    chosen = chance.sample(place.datasets, min(count, len(place.datasets)))
    chosen += {dataset.kind: dataset for dataset in place.datasets}.values()
    with (
        Butler.from_config(str(place.root)) as butler,
        butler.registry.caching_context(),
    ):
        return [_look_up(butler, place, dataset, chance) for dataset in chosen]


def _look_up(
    butler: Any, place: Place, dataset: Dataset, chance: random.Random
) -> Lookup:
    collection = plan.RELEASE
    if dataset.run.startswith("u/"):
        collection = dataset.run.rpartition("/")[0]
    elif chance.random() < 0.5:
        collection = plan.user_chain(chance.randrange(place.size.users))
    timespan = _when_valid(dataset)
    found = butler.find_dataset(
        dataset.kind.name, dataset.data_id, collections=collection, timespan=timespan
    )
    assert found is not None, dataset
    nanoseconds = None if timespan is None else tuple(timespan.nsec)
    return Lookup(
        str(found.id), dataset.kind.name, dataset.data_id, collection, nanoseconds
    )


def _when_valid(dataset: Dataset) -> Any:
    """Return an hour for which a calibration is valid."""
    from astropy.time import Time
    from lsst.daf.butler import Timespan

    if not dataset.kind.is_calibration:
        return None
    begin = Time(plan.EPOCHS[dataset.run][0], scale="tai")
    (first, _) = Timespan(begin, None).nsec
    return Timespan(None, None, _nsec=(first, first + _HOUR_NS))
