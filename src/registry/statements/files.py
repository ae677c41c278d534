"""File records of a dataset, fetched beside it in the same statement."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, TableClause, select

from ..schema import Schema
from .json_text import json_array, json_array_aggregate

_NO_COMPONENT = frozenset({"__NULL_STRING__", "", None})
UNKNOWN_SIZE = -1
"""Of a file, in a `FileRecord`."""


class FileRecord(msgspec.Struct, frozen=True):
    """One file of a dataset.

    Parameters
    ----------
    datastore
        Position of the datastore in the repository's chain.
    path
        Relative and unquoted, or an absolute path or URI; may end in a fragment.
    file_size
        In bytes; -1 if unknown.
    """

    datastore: int
    path: str
    formatter: str
    storage_class: str
    component: str | None
    checksum: str | None
    file_size: int


_Row = tuple[str, str, str, str | None, str | None, int | None]
_decoder = msgspec.json.Decoder(list[_Row])


def file_columns(table: TableClause) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a records table, in the order of `file_fields`."""
    return (
        table.c.path,
        table.c.formatter,
        table.c.storage_class,
        table.c.component,
        table.c.checksum,
        table.c.file_size,
    )


class FileTables:
    """The records tables of a repository's datastores that exist, in chain order.

    Parameters
    ----------
    schema
        Tables of the repository.
    names
        Position in the chain and name of each records table.
    """

    def __init__(self, schema: Schema, names: Sequence[tuple[int, str]]) -> None:
        self._schema = schema
        self._names = tuple(names)

    def columns(self, dataset_id: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """Return one column per datastore with all records of ``dataset_id``."""
        return [self._column(name, dataset_id) for _, name in self._names]

    def _column(self, name: str, dataset_id: ColumnElement[Any]) -> ColumnElement[Any]:
        table = self._schema.file_records(name)
        row = json_array(self._schema.dialect, *file_columns(table))
        records = json_array_aggregate(self._schema.dialect, row)
        return (
            select(records)
            .where(table.c.dataset_id == dataset_id)
            .scalar_subquery()
            .label(f"files_{name}")
        )

    def read(self, values: Sequence[str | None]) -> tuple[FileRecord, ...]:
        """Return the files of the first datastore that has any."""
        for (datastore, _), value in zip(self._names, values, strict=True):
            rows = _decoder.decode(value) if value else []
            if rows:
                files = [_file(datastore, row) for row in rows]
                return tuple(sorted(files, key=lambda f: f.component or ""))
        return ()


def _file(datastore: int, row: _Row) -> FileRecord:
    return FileRecord(*file_fields((datastore, *row)))


def file_fields(
    row: Sequence[Any],
) -> tuple[int, str, str, str, str | None, str | None, int]:
    """Return the fields of a `FileRecord` from a row of a records table.

    Parameters
    ----------
    row
        Number of the datastore, then path, formatter, storage class, component,
        checksum and size.
    """
    datastore, path, formatter, storage_class, component, checksum, size = row
    return (
        datastore,
        path,
        formatter,
        storage_class,
        None if component in _NO_COMPONENT else component,
        checksum,
        UNKNOWN_SIZE if size is None else size,
    )
