"""Builds a release, step by step, in a PostgreSQL database that is empty."""

from pathlib import Path

from astropy.time import Time
from lsst.daf.butler import Butler, Config, DatasetType, Timespan

from . import plan
from .collections import register_collections
from .copying import DATASTORE, copy_datasets
from .datasets import Dataset, all_datasets
from .dimension_records import insert_dimension_records
from .size import Size


def build_release(root: Path, database: str, files: str, size: Size) -> list[Dataset]:
    """Build a release and return all of its datasets.

    Parameters
    ----------
    root
        Folder of its ``butler.yaml``; it is made.
    database
        URL of an empty database with the extension ``btree_gist``.
    files
        Root of the datastore, which need not exist.
    size
        How many visits, patches and users.
    """
    datasets = list(all_datasets(size))
    Butler.makeRepo(str(root), _configuration(database, files), forceConfigRoot=False)
    with Butler.from_config(str(root), writeable=True) as butler:
        insert_dimension_records(butler, size)
        _register_dataset_types(butler)
        register_collections(butler, size)
        copy_datasets(database, datasets)
        butler.registry.refresh()
        _certify(butler)
    return datasets


def _configuration(database: str, files: str) -> Config:
    config = Config()
    config["registry", "db"] = database
    # The name stands in the rows; by default it would follow from the root.
    config["datastore", "name"] = DATASTORE
    config["datastore", "root"] = files
    return config


def _register_dataset_types(butler: Butler) -> None:
    for kind in plan.KINDS:
        type_ = DatasetType(
            kind.name,
            kind.dimensions,
            kind.storage_class,
            universe=butler.dimensions,
            isCalibration=kind.is_calibration,
        )
        butler.registry.registerDatasetType(type_)


def _certify(butler: Butler) -> None:
    for run, (begin, end) in plan.EPOCHS.items():
        valid = Timespan(Time(begin, scale="tai"), Time(end, scale="tai"))
        for kind in plan.KINDS:
            if kind.is_calibration:
                refs = butler.query_datasets(kind.name, run, limit=None)
                butler.registry.certify(plan.CERTIFIED, refs, valid)
