"""Reads one Butler repository: configuration, schema, statements, change detection.

Nothing here keeps answers; that is the cache's business. Nothing here can write.
"""

from .config import DatastoreConfig, RepositoryConfig, load_repository_config
from .contents import Contents, record_rows
from .dataset_types import RegisteredDatasetType, read_dataset_types
from .dimensions import DimensionGroup, DimensionUniverse, Element
from .engines import POOL_SIZE
from .errors import RepositoryError, StaleDefinitionsError
from .moment import Moment
from .node import LSN, covers, position
from .reader import RegistryReader
from .records import RecordReader
from .registry import Registry
from .statements import FileRecord, FoundDataset, Member, Place, StoredDataset

__all__ = [
    "LSN",
    "POOL_SIZE",
    "Contents",
    "DatastoreConfig",
    "DimensionGroup",
    "DimensionUniverse",
    "Element",
    "FileRecord",
    "FoundDataset",
    "Member",
    "Moment",
    "Place",
    "RecordReader",
    "RegisteredDatasetType",
    "Registry",
    "RegistryReader",
    "RepositoryConfig",
    "RepositoryError",
    "StaleDefinitionsError",
    "StoredDataset",
    "covers",
    "load_repository_config",
    "position",
    "read_dataset_types",
    "record_rows",
]
