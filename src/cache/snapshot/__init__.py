"""What is small about a repository, immutable and complete, as of one moment."""

from .collections import Catalog, Collection, CollectionCatalog
from .dataset_types import DatasetTypeCatalog
from .records import Record, RecordSet
from .snapshot import Snapshot, build_snapshot

__all__ = [
    "Catalog",
    "Collection",
    "CollectionCatalog",
    "DatasetTypeCatalog",
    "Record",
    "RecordSet",
    "Snapshot",
    "build_snapshot",
]
