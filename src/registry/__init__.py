"""Reads one Butler repository: configuration, schema, statements, change detection.

Nothing here keeps answers; that is the cache's business. Nothing here can write.
"""

from .attributes import read_attributes
from .bulk import BulkReader, bulk_reader, sqlite_copy
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
from .schema import Schema
from .statements import (
    UNKNOWN_SIZE,
    FileRecord,
    FoundDataset,
    Member,
    Place,
    StoredDataset,
    file_fields,
)
from .streams import Batch

__all__ = [
    "LSN",
    "POOL_SIZE",
    "UNKNOWN_SIZE",
    "Batch",
    "BulkReader",
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
    "Schema",
    "StaleDefinitionsError",
    "StoredDataset",
    "bulk_reader",
    "covers",
    "file_fields",
    "load_repository_config",
    "position",
    "read_attributes",
    "read_dataset_types",
    "record_rows",
    "sqlite_copy",
]
