"""Dataset types over every kind of dimension, with datasets that have no file.

Each type gets up to four datasets in `runs/first` and, for every second data
ID, another one in `runs/second`: the order of a search matters. Types whose
dimensions do not exist here, or have no records, are left out.
"""

from collections.abc import Sequence
from contextlib import suppress

from lsst.daf.butler import Butler, DataCoordinate, DatasetType
from lsst.daf.butler._collection_type import CollectionType

FIRST_RUN = "runs/first"
SECOND_RUN = "runs/second"
EMPTY_RUN = "runs/empty"
ODD_RUN = "u/somebody/Größe 1+2#3"
_MAXIMUM = 4

# name, dimensions, is it a calibration
_TYPES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("packages", (), False),
    ("camera", ("instrument",), True),
    ("bias", ("detector",), True),
    ("flat", ("detector", "physical_filter"), True),
    ("overscan", ("detector", "exposure"), True),
    ("transmission", ("physical_filter",), False),
    ("bandpass", ("instrument", "band"), False),
    ("raw", ("detector", "exposure"), False),
    ("calexp", ("detector", "visit"), False),
    ("visit_summary", ("visit",), False),
    ("visit_pair", ("visit", "exposure"), False),
    ("night_report", ("day_obs",), False),
    ("skyMap", ("skymap",), False),
    ("coadd", ("patch", "band"), False),
    ("tract_table", ("tract",), False),
    ("warp", ("patch", "visit"), False),
    ("refcat", ("htm7",), False),
    ("cat_healpix", ("healpix3", "band"), False),
)


def add_datasets(butler: Butler) -> None:
    for run in (FIRST_RUN, SECOND_RUN, EMPTY_RUN, ODD_RUN):
        butler.collections.register(run, CollectionType.RUN)
    for name, dimensions, is_calibration in _TYPES:
        if set(dimensions) <= set(butler.dimensions.dimensions.names):
            data_ids = find_data_ids(butler, dimensions)
            if data_ids:
                _add(butler, name, data_ids, is_calibration=is_calibration)
    unused = DatasetType(
        "unused", ["detector"], "StructuredDataDict", universe=butler.dimensions
    )
    butler.registry.registerDatasetType(unused)


def find_data_ids(
    butler: Butler, dimensions: Sequence[str], maximum: int = _MAXIMUM
) -> list[DataCoordinate]:
    """Return the first few data IDs that exist, with all dimension records."""
    group = butler.dimensions.conform(dimensions)
    skypix = sorted(group.skypix)
    stored = [name for name in group.names if name not in skypix]
    with butler.query() as query:
        found = list(query.data_ids(stored).with_dimension_records())
    found.sort(key=lambda data_id: str(data_id.required_values))
    # Evenly over the whole list, so that every instrument and tract has a chance.
    chosen = found[:: max(1, len(found) // maximum)][:maximum]
    if not skypix:
        return chosen
    first = {name: butler.dimensions.skypix_dimensions[name] for name in skypix}
    pixels = {n: d.pixelization.universe()[0][0] + 5 for n, d in first.items()}
    return [
        butler.registry.expandDataId(dict(data_id.required) | pixels)
        for data_id in chosen
    ]


def _add(
    butler: Butler,
    name: str,
    data_ids: Sequence[DataCoordinate],
    *,
    is_calibration: bool,
) -> None:
    dataset_type = DatasetType(
        name, data_ids[0].dimensions, "StructuredDataDict", isCalibration=is_calibration
    )
    with suppress(LookupError):
        dataset_type = butler.get_dataset_type(name)
        data_ids = [d for d in data_ids if d.dimensions == dataset_type.dimensions]
    butler.registry.registerDatasetType(dataset_type)
    for run, chosen in (
        (FIRST_RUN, data_ids),
        (SECOND_RUN, data_ids[::2]),
        (ODD_RUN, data_ids[-1:]),
    ):
        butler.registry.insertDatasets(dataset_type, chosen, run=run)
