"""Datasets of a repository, chosen at random, each with a lookup that finds one.

Read through a direct Butler: the reference that any server must agree with.
"""

import random
from collections.abc import Sequence
from typing import Any

import msgspec

SAMPLE = 1000
"""At most so many different datasets."""


class Dataset(msgspec.Struct, frozen=True):
    """A dataset, and a lookup that finds it."""

    id: str
    type: str
    is_calibration: bool
    data_id: dict[str, Any]
    collection: str


def sample_datasets(butler: Any, chance: random.Random) -> list[Dataset]:
    """Choose datasets of all types, each with a lookup that finds one."""
    # Once for every collection that holds it, hence by its ID.
    found = butler.query_all_datasets("*", find_first=False, limit=None)
    refs = {ref.id: ref for ref in found}
    if not refs:
        raise ValueError("the repository holds no dataset to ask for")
    ids = chance.sample(sorted(refs), min(SAMPLE, len(refs)))
    chosen = [refs[id_] for id_ in ids]
    tops = {run: _top_chain(butler, run) for run in {ref.run for ref in chosen}}
    return [_find(butler, ref, (tops[ref.run], ref.run)) for ref in chosen]


def _top_chain(butler: Any, collection: str) -> str:
    """Climb to a chain with no parent: what people search in."""
    while parents := butler.collections.get_info(
        collection, include_parents=True
    ).parents:
        collection = min(parents)
    return collection


def _find(butler: Any, ref: Any, collections: Sequence[str]) -> Dataset:
    """Find what a lookup of ``ref``'s data ID gives: not always ``ref`` itself."""
    data_id = dict(ref.dataId.required)
    for collection in collections:
        kind = ref.datasetType
        found = butler.find_dataset(kind, data_id, collections=[collection])
        if found is not None:
            calibration = kind.isCalibration()
            return Dataset(str(found.id), kind.name, calibration, data_id, collection)
    raise ValueError(f"{ref} is not found in its own run")
