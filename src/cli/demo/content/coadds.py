"""What is known of a piece of sky: its objects, and the visits that saw it."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from lsst.daf.butler import DimensionRecord

from .sky import scatter

OBJECTS = 300
BANDS = ("g", "r", "i")


def object_table(patch: DimensionRecord, rng: np.random.Generator) -> pa.Table:
    """Return the objects of a patch, with a flux in each of three bands.

    Parameters
    ----------
    patch
        Record of the patch.
    rng
        Source of chance.
    """
    ra, dec = scatter(patch.region, OBJECTS, rng)
    first_id = (patch.tract * 1000 + patch.id) * 100_000
    reference = 100 * (1 + rng.pareto(1.1, OBJECTS))
    columns = {
        "object_id": np.arange(first_id, first_id + OBJECTS),
        "ra": ra,
        "dec": dec,
    }
    for band in BANDS:
        flux = reference * rng.lognormal(0, 0.4, OBJECTS)
        columns[f"{band}_flux_njy"] = flux
        columns[f"{band}_flux_err_njy"] = np.sqrt(flux + 25)
    return pa.table(columns)


def tract_visits(
    tract: DimensionRecord, visits: Iterable[DimensionRecord]
) -> list[dict[str, str | int]]:
    """Return the visits whose regions overlap a tract's, by instrument and ID.

    Parameters
    ----------
    tract
        Record of the tract.
    visits
        Records of the visits to try.
    """
    return [
        {
            "instrument": visit.instrument,
            "visit": visit.id,
            "day_obs": visit.day_obs,
            "physical_filter": visit.physical_filter,
        }
        for visit in sorted(visits, key=lambda record: (record.instrument, record.id))
        if visit.region.overlaps(tract.region)
    ]
