"""What a test repository gets on top of its data set.

The same names exist in every repository as far as its universe and its
dimension records allow, so that a test can be written once. Everything is
chosen in sorted order: two builds of one data set differ in nothing but UUIDs
and ingest dates.
"""

from pathlib import Path

from lsst.daf.butler import Butler

from .collections import add_collections
from .datasets import add_datasets
from .observations import add_observations
from .stored_files import add_files


def enrich(butler: Butler, outside: Path) -> None:
    """Fill `butler`; files that are ingested in place are kept in `outside`."""
    add_observations(butler)
    add_datasets(butler)
    add_files(butler, outside)
    add_collections(butler)
