"""An empty repository with the types and RUNs of made-up releases, by the stock Butler.

What it says of datasets is true as long as nobody asks for their dimension records.
"""

from pathlib import Path
from typing import Any

from lsst.daf.butler import Butler, Config, DatasetType

from .plan import BANDS, DETECTORS, FILTERS, INSTRUMENT, KINDS, SKYMAP

DATASTORE = "FileDatastore@release"


def make_repository(root: Path, releases: int, database: str | None = None) -> None:
    """Make it.

    Parameters
    ----------
    releases
        How many there are.
    database
        URL of an empty PostgreSQL database; `None`: it is a file of SQLite.
    """
    config = Config()
    if database is not None:
        config["registry", "db"] = database
    config["datastore", "name"] = DATASTORE
    Butler.makeRepo(str(root), config)
    with Butler.from_config(str(root), writeable=True) as butler:
        _insert_dimension_records(butler)
        for kind in KINDS:
            type_ = DatasetType(
                kind.name,
                kind.dimensions,
                kind.storage_class,
                universe=butler.dimensions,
            )
            butler.registry.registerDatasetType(type_)
        for run in sorted({k.run(n) for k in KINDS for n in range(releases)}):
            butler.collections.register(run)


def _insert_dimension_records(butler: Butler) -> None:
    camera = {"instrument": INSTRUMENT}
    tables: dict[str, list[dict[str, Any]]] = {
        "instrument": [
            {
                "name": INSTRUMENT,
                "class_name": "lsst.obs.lsst.LsstCam",
                "detector_max": 1000,
                "exposure_max": 10**16,
                "visit_max": 10**16,
                "visit_system": 0,
            }
        ],
        "detector": [
            {**camera, "id": n, "full_name": f"D{n}", "purpose": "SCIENCE"}
            for n in range(DETECTORS)
        ],
        "physical_filter": [
            {**camera, "name": FILTERS[band], "band": band} for band in BANDS
        ],
        "skymap": [
            {
                "name": SKYMAP,
                "hash": b"release",
                "tract_max": 20_000,
                "patch_nx_max": 10,
                "patch_ny_max": 10,
            }
        ],
    }
    for element, rows in tables.items():
        record_class = butler.dimensions[element].RecordClass
        records = [record_class(**row) for row in rows]
        butler.registry.insertDimensionData(element, *records)
