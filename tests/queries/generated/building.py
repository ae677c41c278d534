"""What queries are about: searches, dimensions, uploads, conditions; at random."""

import random
from collections.abc import Sequence
from typing import Any

from lsst.daf.butler import DimensionGroup, DimensionUniverse

from .conditions import (
    SPATIAL,
    TERMS,
    WRONG,
    Bind,
    Term,
    condition,
    dataset_terms,
)
from .programs import Kind, Step
from .sky import TRACTS
from .stage import COLLECTIONS, TYPES

_GROUPS: Sequence[tuple[str, ...]] = (
    *(("instrument",), ("detector",), ("physical_filter",), ("band",), ("day_obs",)),
    *(("exposure",), ("visit",), ("tract",), ("patch",), ("skymap",)),
    *(("exposure", "detector"), ("visit", "detector"), ("visit", "exposure")),
    *(("visit", "tract"), ("visit", "patch"), ("patch", "band"), ("patch", "visit")),
    *(("visit", "detector", "patch"), ("visit", "detector", "tract")),
    *(("detector", "physical_filter"), ("exposure", "visit", "detector")),
    ("visit", "htm7"),
)


class Builder:
    """Makes what a query builds on.

    Parameters
    ----------
    seed
        Of all that is made.
    universe
        Of the stage.
    """

    def __init__(self, seed: str, universe: DimensionUniverse) -> None:
        self._chance = random.Random(seed)
        self._camera = ""
        self._universe = universe

    def _is(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _group(self, names: Any) -> DimensionGroup:
        group: DimensionGroup = self._universe.conform(names)
        return group

    def _searched(self, kind: Kind) -> list[str]:
        """Return the dataset types of a query, the one it is about first."""
        wanted = {"datasets": 1, "general": self._chance.choice((0, 1, 1, 2))}
        count = wanted.get(kind, int(self._is(0.35)))
        count += kind == "datasets" and self._is(0.2)
        return self._chance.sample(list(TYPES), count)

    def _collections(self) -> tuple[str, ...]:
        if self._is(0.03):
            return self._chance.choice(((), ("nowhere",), ("run/a", "nowhere")))
        return tuple(
            self._chance.sample(COLLECTIONS, self._chance.choice((1, 1, 2, 3)))
        )

    def _steps(
        self, searched: Sequence[str], *, has_defaults: bool
    ) -> tuple[list[Step], DimensionGroup]:
        dimensions = self._chance.choice(_GROUPS)
        steps = [Step("dimensions", dimensions)]
        group = self._group(dimensions)
        for name in searched:
            without = has_defaults and self._is(0.5)
            found = None if without else self._collections()
            steps.append(Step("search", (name,), found))
            group = group.union(self._group(TYPES[name][0]))
        if self._is(0.15):
            steps.append(self._upload())
            group = group.union(self._group(list(steps[-1].rows[0])))
        self._chance.shuffle(steps)
        if self._is(0.12):
            governors = self._governors(group)
            steps += [Step("where", data_id=governors), Step("materialize")]
        return steps, group

    def _upload(self) -> Step:
        camera = self._camera
        numbers = self._chance.sample(range(6), 3)
        match self._chance.randrange(4):
            case 0:
                rows = [{"instrument": camera, "detector": n} for n in numbers]
            case 1:
                rows = [{"instrument": camera, "visit": 100 + n} for n in numbers]
            case 2:
                rows = [{"band": band} for band in ("g", "r", "unknown")]
            case _:
                rows = [
                    {"skymap": "map", "tract": tract, "patch": n % 4}
                    for tract, n in zip(TRACTS, numbers, strict=True)
                ]
        return Step("upload", rows=tuple(rows))

    def _governors(self, group: DimensionGroup) -> dict[str, Any]:
        """Return values of the governors of a group, mostly all of them."""
        values = {"instrument": self._camera, "skymap": "map"}
        return {
            name: values[name] for name in sorted(group.governors) if self._is(0.97)
        }

    def _where(
        self,
        group: DimensionGroup,
        searched: Sequence[str],
        *,
        has_defaults: bool,
        may_be_wrong: bool,
    ) -> list[Step]:
        data_id = {} if has_defaults else self._governors(group)
        if self._is(0.3):
            return [Step("where", data_id=data_id)]
        if may_be_wrong and self._is(0.06):
            wrong = self._chance.choice(WRONG)
            return [Step("where", where=wrong, data_id=data_id)]
        # What contradicts a data ID is asked for now and then.
        left_out = {"instrument"} if self._is(0.8) else set()
        terms: list[Term] = [
            term
            for name in sorted(set(group.names) - left_out)
            for term in TERMS.get(name, ())
        ]
        if len(searched) == 1:
            terms += dataset_terms(searched[0])
        if may_be_wrong and self._is(0.05):  # of dimensions that are not there yet
            terms += TERMS[self._chance.choice(list(TERMS))]
        if not terms:
            return []
        bind: Bind = {}
        where = condition(self._chance, terms, bind)
        regions = sorted(SPATIAL.keys() & group.names)
        if regions and self._is(0.3):
            region = SPATIAL[self._chance.choice(regions)](self._chance, bind)
            where = f"{region} AND {where}"
        return [Step("where", where=where, bind=bind, data_id=data_id)]
