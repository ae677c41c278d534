"""Every dataset of a release: its run, its data ID, and the path of its file.

Paths are what the stock templates make of them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from uuid import UUID, uuid5

from . import plan
from .observations import Observation, detector_name, observations
from .plan import FILTERS, INSTRUMENT, KINDS, SKYMAP, Kind
from .size import Size

Value = int | str
_NAMESPACE = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
_BUSY_USERS = 4
"""Each so-many-th user has made images of their own."""
_OWN = 5


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset that has one file."""

    kind: Kind
    run: str
    values: tuple[Value, ...]
    """Of the dataset type's dimensions, in their order there."""
    path: str

    @property
    def id(self) -> UUID:
        """The same in every build."""
        return uuid5(_NAMESPACE, self.path)

    @property
    def data_id(self) -> dict[str, Value]:
        """What to ask for."""
        return dict(zip(self.kind.dimensions, self.values, strict=True))


def all_datasets(size: Size) -> Iterator[Dataset]:
    """Yield the datasets of a release, then those of its users."""
    seen = list(observations(size))
    for kind in KINDS:
        for run in (kind.run,) if kind.run else plan.EPOCHS:
            yield from _of_kind(kind, run, seen, size)
    images = next(kind for kind in KINDS if kind.name == "visit_image")
    chance = random.Random(1)
    for user in range(0, size.users, _BUSY_USERS):
        own = chance.sample(seen, min(_OWN, len(seen)))
        yield from _of_kind(images, plan.user_run(user), own, size)


def _of_kind(
    kind: Kind, run: str, seen: list[Observation], size: Size
) -> Iterator[Dataset]:
    detectors = range(size.detectors)
    if {"visit", "exposure"} & set(kind.dimensions):
        for of in seen:
            for n in detectors if "detector" in kind.dimensions else (None,):
                yield _observed(kind, run, of, n)
    elif "skymap" in kind.dimensions:
        yield from _on_sky(kind, run, size)
    elif "detector" in kind.dimensions:
        filters = FILTERS.values() if "physical_filter" in kind.dimensions else (None,)
        for n, of_filter in product(detectors, filters):
            name = _name(kind, INSTRUMENT, of_filter, detector_name(n), run)
            path = f"{run}/{kind.name}/{of_filter or 'all'}/{name}"
            values = (INSTRUMENT, n, *((of_filter,) if of_filter else ()))
            yield Dataset(kind, run, values, path)
    else:
        path = f"{run}/{kind.name}/{_name(kind, INSTRUMENT, run)}"
        yield Dataset(kind, run, (INSTRUMENT,), path)


def _observed(kind: Kind, run: str, of: Observation, detector: int | None) -> Dataset:
    where = None if detector is None else detector_name(detector)
    name = _name(kind, INSTRUMENT, of.physical_filter, of.obs_id, where, run)
    folder = f"{of.day_obs}/{of.band}/{of.physical_filter}/{of.id}"
    if kind.name == "raw":
        folder = f"{of.day_obs}/{of.obs_id}"
    values = (INSTRUMENT, of.id, *(() if detector is None else (detector,)))
    return Dataset(kind, run, values, f"{run}/{kind.name}/{folder}/{name}")


def _on_sky(kind: Kind, run: str, size: Size) -> Iterator[Dataset]:
    for tract in range(size.tracts):
        if "patch" not in kind.dimensions:
            name = _name(kind, str(tract), SKYMAP, run)
            path = f"{run}/{kind.name}/{tract}/{name}"
            yield Dataset(kind, run, (SKYMAP, tract), path)
            continue
        for patch, band in product(range(size.patches), FILTERS):
            name = _name(kind, str(tract), str(patch), band, SKYMAP, run)
            path = f"{run}/{kind.name}/{tract}/{patch}/{band}/{name}"
            yield Dataset(kind, run, (SKYMAP, tract, patch, band), path)


def _name(kind: Kind, *parts: str | None) -> str:
    words = (kind.name, *(part for part in parts if part is not None))
    suffix = "parq" if kind.storage_class == "ArrowAstropy" else "fits"
    return f"{'_'.join(words).replace('/', '_')}.{suffix}"
