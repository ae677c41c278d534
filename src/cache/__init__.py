"""What is kept of a repository between requests, and why it is still true.

`Repository` is the door: it holds the current `Snapshot` and answers every lookup
from it, going to the database only for what is too much to keep.
"""

from .collections import Collection, CollectionCatalog
from .dataset_types import DatasetTypeCatalog
from .expansion import ExpandedDataId
from .find import Dataset
from .keeper import SnapshotKeeper
from .repository import Repository
from .snapshot import Snapshot

__all__ = [
    "Collection",
    "CollectionCatalog",
    "Dataset",
    "DatasetTypeCatalog",
    "ExpandedDataId",
    "Repository",
    "Snapshot",
    "SnapshotKeeper",
]
