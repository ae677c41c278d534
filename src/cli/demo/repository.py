"""Writes the demo repository into an empty folder, step by step, and counts it.

This is the first module that imports ``lsst.daf.butler``; `build_demo` imports it
when it is called. The folder may be renamed afterwards: nothing in the repository
holds its path.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from lsst.daf.butler import Butler, Config, DatasetType

from .collections import register_collections
from .dataset_types import FORMATTERS, register_dataset_types
from .deposits import store
from .dimension_records import import_dimension_records
from .fillings import all_deposits
from .plans import LSSTCAM
from .summary import Example

EXAMPLE = Example(
    dataset_type="source_table",
    data_id={"instrument": "LSSTCam", "visit": 2025120200439, "detector": 10},
    collection=LSSTCAM.processing_chain,
)


class Counts(TypedDict):
    """What a finished repository holds, in the words of `DemoSummary`."""

    dataset_types: int
    datasets: int
    files: int
    collections: int
    example: Example


def write_repository(root: Path, progress: Callable[[str], None]) -> Counts:
    """Write a demo repository.

    Parameters
    ----------
    root
        Folder to make.
    progress
        Called with one short sentence before each step.

    Returns
    -------
    Counts
        What the repository holds.
    """
    progress("Creating an empty repository.")
    config = Config({"datastore": {"formatters": FORMATTERS}})
    Butler.makeRepo(str(root), config=config)
    with Butler.from_config(str(root), writeable=True) as butler:
        progress("Importing dimension records of LSSTCam and HSC.")
        import_dimension_records(butler)
        progress("Registering collections and dataset types.")
        register_collections(butler)
        register_dataset_types(butler)
        progress("Writing datasets.")
        for deposit in all_deposits(butler):
            store(butler, root, deposit)
        progress("Counting.")
        return _count(butler, root)


def _count(butler: Butler, root: Path) -> Counts:
    types = list(butler.registry.queryDatasetTypes())
    return Counts(
        dataset_types=len(types),
        datasets=sum(len(_ids(butler, dataset_type)) for dataset_type in types),
        # Beside the datasets' folders, the root has the database and configuration.
        files=sum(path.is_file() for path in root.glob("*/**/*")),
        collections=len(butler.collections.query("*")),
        example=EXAMPLE,
    )


def _ids(butler: Butler, dataset_type: DatasetType) -> set[UUID]:
    """Return the IDs of a type's datasets, which have one each in any collection."""
    refs = butler.query_datasets(
        dataset_type, "*", find_first=False, limit=None, explain=False
    )
    return {ref.id for ref in refs}
