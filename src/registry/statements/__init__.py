"""One SQL statement per kind of lookup, and how to read its rows.

A statement object is made once for a schema and executed many times; it knows the
order of its own columns.
"""

from .by_collection import Member, MembersStatement
from .datasets import DatasetsById, StoredDataset, run_by_id, runs_by_id
from .files import UNKNOWN_SIZE, FileRecord, FileTables, file_fields
from .find import FindStatement, FoundDataset
from .pages import (
    Page,
    PagedTable,
    Place,
    element_records,
    page_parameters,
    validity_ranges,
)
from .records import FetchRecords, search_records

__all__ = [
    "UNKNOWN_SIZE",
    "DatasetsById",
    "FetchRecords",
    "FileRecord",
    "FileTables",
    "FindStatement",
    "FoundDataset",
    "Member",
    "MembersStatement",
    "Page",
    "PagedTable",
    "Place",
    "StoredDataset",
    "element_records",
    "file_fields",
    "page_parameters",
    "run_by_id",
    "runs_by_id",
    "search_records",
    "validity_ranges",
]
