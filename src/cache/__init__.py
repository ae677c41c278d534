"""What is kept of a repository between requests, and why it is still true.

`Repository` is the door: it holds the current `Snapshot` and answers every lookup
from it, going to the database only for what is too much to keep.
"""

from .follower import SnapshotKeeper
from .lookup import Dataset, ExpandedDataId
from .repository import Repository
from .snapshot import Collection, CollectionCatalog, DatasetTypeCatalog, Snapshot

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
