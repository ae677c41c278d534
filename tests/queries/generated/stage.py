"""A repository in which generated queries find something: a sky, nights, calibrations.

Two instruments look at one small patch of the sky, so that regions and times overlap
in many ways; datasets of three runs have data IDs in common, and tags, validity ranges
and chains lie over them.
"""

import random
from pathlib import Path

from astropy.time import TimeDelta
from lsst.daf.butler import (
    Butler,
    Config,
    DataCoordinate,
    DatasetRef,
    DatasetType,
    Timespan,
)
from lsst.daf.butler._collection_type import CollectionType

from tests.queries.generated.sky import FIRST_NIGHT, NIGHTS, add_sky
from tests.support.postgres import PostgresCluster

# Dimensions, and whether it is a calibration.
TYPES: dict[str, tuple[tuple[str, ...], bool]] = {
    "packages": ((), False),
    "camera": (("instrument",), True),
    "bias": (("detector",), True),
    "flat": (("detector", "physical_filter"), True),
    "raw": (("detector", "exposure"), False),
    "calexp": (("detector", "visit"), False),
    "summary": (("visit",), False),
    "night": (("day_obs",), False),
    "coadd": (("patch", "band"), False),
    "warp": (("patch", "visit"), False),
    "unused": (("detector",), False),
}
RUNS = ("run/a", "run/b", "run/c")
TAGS = ("tag/x", "tag/y")
CALIBS = ("calib/x", "calib/y")
CHAINS: dict[str, tuple[str, ...]] = {
    "chain/runs": ("run/b", "run/a"),
    "chain/mixed": ("tag/x", "run/c", "run/a"),
    "chain/calibs": ("calib/y", "calib/x"),
    "chain/all": ("chain/mixed", "calib/x", "run/b"),
    "chain/none": (),
}
COLLECTIONS = (*RUNS, *TAGS, *CALIBS, *CHAINS, "run/empty")


def make_stage(root: Path, postgres: PostgresCluster | None = None) -> Path:
    """Build the repository at `root`, the same for each call, and return `root`."""
    config = Config()
    if postgres is not None:
        config["registry", "db"] = postgres.create_database(f"stage_{root.name}")
    Butler.makeRepo(str(root), config)
    with Butler.from_config(str(root), writeable=True) as butler:
        add_sky(butler)
        _add_datasets(butler, random.Random(1))
        for name, children in CHAINS.items():
            butler.collections.register(name, CollectionType.CHAINED)
            butler.collections.redefine_chain(name, list(children))
    return root


def _add_datasets(butler: Butler, chance: random.Random) -> None:
    for run in (*RUNS, "run/empty"):
        butler.collections.register(run)
    for name, kind in [
        *((tag, CollectionType.TAGGED) for tag in TAGS),
        *((calib, CollectionType.CALIBRATION) for calib in CALIBS),
    ]:
        butler.collections.register(name, kind)
    for name, (dimensions, is_calibration) in TYPES.items():
        dataset_type = DatasetType(
            name,
            dimensions,
            "StructuredDataDict",
            universe=butler.dimensions,
            isCalibration=is_calibration,
        )
        butler.registry.registerDatasetType(dataset_type)
        if name != "unused":
            refs = _insert_datasets(butler, dataset_type, chance)
            _tag(butler, refs, chance)
            if is_calibration:
                _certify(butler, refs, chance)


def _insert_datasets(
    butler: Butler, dataset_type: DatasetType, chance: random.Random
) -> list[DatasetRef]:
    with butler.query() as query:
        data_ids = sorted(query.data_ids(dataset_type.dimensions), key=_place)
    refs = []
    for run in RUNS:
        chosen = [each for each in data_ids if chance.random() < 0.6]
        refs += butler.registry.insertDatasets(dataset_type, chosen, run=run)
    return refs


def _place(data_id: DataCoordinate) -> str:
    return str(data_id.required_values)


def _tag(butler: Butler, refs: list[DatasetRef], chance: random.Random) -> None:
    for tag in TAGS:
        chosen = {ref.dataId: ref for ref in refs if chance.random() < 0.5}
        butler.registry.associate(tag, chosen.values())


def _certify(butler: Butler, refs: list[DatasetRef], chance: random.Random) -> None:
    """Let the datasets of each data ID be valid in turns, with gaps."""
    of: dict[DataCoordinate, list[DatasetRef]] = {}
    for ref in refs:
        of.setdefault(ref.dataId, []).append(ref)
    for calib in CALIBS:
        for candidates in of.values():
            bounds = sorted(chance.sample(range(24 * NIGHTS), 4))
            times = [
                FIRST_NIGHT + TimeDelta(hour * 3600, format="sec", scale="tai")
                for hour in bounds
            ]
            spans = [
                Timespan(None, times[0]),
                Timespan(times[0], times[1]),
                Timespan(times[2], None),
            ]
            for span in spans:
                if chance.random() < 0.8:
                    butler.registry.certify(calib, [chance.choice(candidates)], span)
