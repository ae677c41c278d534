"""Readers: from a dataset's file to a Python object, without the Science Pipelines.

A server labels a file with two strings. `Readers` knows which reader they mean, and
imports nothing that a server names. What a format needs is imported when a file of
it is read.
"""

from .errors import (
    IncompleteRangeError,
    MissingPackageError,
    ReaderWarning,
    RefusedFormatError,
    UnknownReaderError,
    UnreadableFileError,
    UnsupportedReadError,
)
from .images import INVALID_PLANES, Box, mask_planes
from .local import LocalFile, temporary_copy
from .parquet import TableSchema
from .pipelines import use_pipelines
from .ranged import RangedFile, open_ranged
from .reader import Reader
from .registry import Readers
from .stored_file import Label, StoredFile
from .zipped import member_name, zip_member

__all__ = [
    "INVALID_PLANES",
    "Box",
    "IncompleteRangeError",
    "Label",
    "LocalFile",
    "MissingPackageError",
    "RangedFile",
    "Reader",
    "ReaderWarning",
    "Readers",
    "RefusedFormatError",
    "StoredFile",
    "TableSchema",
    "UnknownReaderError",
    "UnreadableFileError",
    "UnsupportedReadError",
    "mask_planes",
    "member_name",
    "open_ranged",
    "temporary_copy",
    "use_pipelines",
    "zip_member",
]
