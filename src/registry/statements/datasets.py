"""Datasets by UUID: identity, data ID and files in one statement.

The table that holds a dataset's data ID depends on its type, which is not known
beforehand. A ``CASE`` with one scalar subquery per tags table executes only the
arm that matches.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    Uuid,
    bindparam,
    case,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from ...protocol.scalars import DataIdValue
from ..dataset_types import RegisteredDatasetType
from ..moment import Marked
from ..schema import Schema
from .files import FileRecord, FileTables
from .json_text import as_text, json_array

_decoder = msgspec.json.Decoder(list[int | str])


class StoredDataset(msgspec.Struct, frozen=True):
    """A dataset found by UUID.

    Parameters
    ----------
    run
        Key of its RUN.
    values
        Values of the required dimensions; `None` if the role may not read them.
    names
        Names that the keys stand for in the database, where keys are reused:
        of the dataset type and of the run.
    """

    id: UUID
    dataset_type_id: int
    run: Any
    values: Sequence[DataIdValue] | None
    files: tuple[FileRecord, ...]
    names: tuple[str, str] | None


def run_by_id(schema: Schema) -> Marked:
    """Return the statement that reads the key of one dataset's RUN, or NULL.

    One row in any case: reading none would take less time.
    """
    dataset = schema.dataset
    run = dataset.c[schema.attributes.run_key]
    wanted = bindparam("id", type_=Uuid())
    found = select(run).where(dataset.c.id == wanted).scalar_subquery()
    return Marked(select(found.label("run")), schema.dialect)


def runs_by_id(schema: Schema) -> Marked:
    """Return the statement that reads UUIDs and keys of RUNs."""
    dataset = schema.dataset
    columns = (dataset.c.id, dataset.c[schema.attributes.run_key])
    return Marked(select(*columns).where(_is_wanted(schema)), schema.dialect)


class DatasetsById:
    """Finds datasets by their UUIDs.

    Parameters
    ----------
    schema
        Tables of the repository.
    dataset_types
        All dataset types whose tags table may be read.
    files
        Tables of file records to look into; `None`: files are not wanted.
    """

    def __init__(
        self,
        schema: Schema,
        dataset_types: Iterable[RegisteredDatasetType],
        files: FileTables | None,
    ) -> None:
        self._files = files
        dataset = schema.dataset
        run = dataset.c[schema.attributes.run_key]
        columns: list[ColumnElement[Any]] = [
            dataset.c.id,
            dataset.c.dataset_type_id,
            run,
            _data_id(schema, dataset_types, run),
        ]
        source: FromClause = dataset
        self._has_names = schema.dialect == "sqlite"
        if self._has_names:
            collection, type_ = schema.collection, schema.dataset_type
            source = source.join(collection, schema.collection_id == run).join(
                type_, type_.c.id == dataset.c.dataset_type_id
            )
            columns += [type_.c.name, collection.c.name]
        if files is not None:
            columns += files.columns(dataset.c.id)
        statement = select(*columns).select_from(source).where(_is_wanted(schema))
        self.statement = Marked(statement, schema.dialect)

    def read(self, row: Sequence[Any]) -> StoredDataset:
        """Return the dataset of one row."""
        id_, dataset_type_id, run, values, *rest = tuple(row)
        names = None
        if self._has_names:
            names = (rest[0], rest[1])
            rest = rest[2:]
        return StoredDataset(
            id=id_,
            dataset_type_id=dataset_type_id,
            run=run,
            values=None if values is None else _decoder.decode(values),
            files=() if self._files is None else self._files.read(rest),
            names=names,
        )


def _is_wanted(schema: Schema) -> ColumnElement[bool]:
    dataset_id = schema.dataset.c.id
    if schema.dialect == "postgresql":
        # One array, whatever its length: one prepared statement.
        wanted = bindparam("ids", type_=ARRAY(Uuid))
        return dataset_id == wanted.any_()
    return dataset_id.in_(bindparam("ids", expanding=True, type_=Uuid()))


def _data_id(
    schema: Schema,
    dataset_types: Iterable[RegisteredDatasetType],
    run: ColumnElement[Any],
) -> ColumnElement[Any]:
    arms = []
    by_table = sorted(dataset_types, key=lambda t: (t.tags_table, t.id))
    for name, types in groupby(by_table, key=lambda t: t.tags_table):
        members = list(types)
        tags = schema.tags(name, members[0].group)
        values = (tags.c[dimension] for dimension in members[0].group.required)
        found = (
            select(as_text(json_array(schema.dialect, *values)))
            .where(tags.c.dataset_id == schema.dataset.c.id)
            .where(tags.c[schema.attributes.collection_key] == run)
            .scalar_subquery()
        )
        ids = [member.id for member in members]
        arms.append((schema.dataset.c.dataset_type_id.in_(ids), found))
    empty: ColumnElement[Any] = null()
    return case(*arms) if arms else as_text(empty.cast(Text))
