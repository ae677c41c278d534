"""Datasets by data ID: all collections of a search path in one statement.

On PostgreSQL each RUN or TAGGED collection is probed by its unique index, in the
order of the path, stopping at the first that has the dataset; a plain ``IN`` lets
the planner prefer a worse index when there are many collections.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    TableClause,
    and_,
    bindparam,
    column,
    exists,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from ..columns import has_timespan, overlaps_bounds, timespans_overlap
from ..dataset_types import RegisteredDatasetType
from ..dimensions import DimensionGroup
from ..moment import Marked
from ..schema import Schema
from .files import FileRecord, FileTables
from .records import Record, RecordJoins, dimension_parameter, large_elements


class FoundDataset(msgspec.Struct, frozen=True):
    """A dataset found by data ID in one collection.

    Parameters
    ----------
    collection
        Key of the collection it was found in.
    run
        Key of its RUN.
    records
        Records of large elements, by element; `None` where there is no row.
    names
        Names that the keys stand for in the database, where keys are reused: of
        the dataset type, of the collection and of the run.
    """

    collection: Any
    id: UUID
    run: Any
    records: dict[str, Record | None]
    files: tuple[FileRecord, ...]
    names: tuple[str, str, str] | None


class FindStatement:
    """Finds the datasets of one type that a search path holds for a data ID.

    Parameters
    ----------
    schema
        Tables of the repository.
    dataset_type
        Type to look for.
    calibrations
        Whether CALIBRATION collections take part.
    records
        Whether all large dimension records are wanted, or only those that imply
        values of the data ID.
    files
        Tables of file records to look into; `None`: files are not wanted.
    """

    def __init__(
        self,
        schema: Schema,
        dataset_type: RegisteredDatasetType,
        *,
        calibrations: bool,
        records: bool,
        files: FileTables | None,
    ) -> None:
        group = dataset_type.group
        self._files = files
        hits = _hits(schema, dataset_type, calibrations=calibrations)
        dataset = schema.dataset
        run = dataset.c[schema.attributes.run_key]
        wanted = [e for e in large_elements(group) if records or e.implied]
        values = {n: dimension_parameter(schema, n) for n in group.required}
        self._joins = RecordJoins(schema, group, values, wanted)
        columns: list[ColumnElement[Any]] = [hits.c.collection, dataset.c.id, run]
        source: FromClause = hits.join(dataset, dataset.c.id == hits.c.dataset_id)
        self._has_names = schema.dialect == "sqlite"
        if self._has_names:
            source = with_names(schema, source, hits.c.collection, run, columns)
        self._width = len(columns) + len(self._joins.columns)
        columns += self._joins.columns
        if files is not None:
            columns += files.columns(dataset.c.id)
        statement = select(*columns).select_from(self._joins.apply(source))
        self.statement = Marked(statement, schema.dialect)

    def read(self, row: Sequence[Any]) -> FoundDataset:
        """Return the dataset of one row."""
        collection, id_, run, *rest = row[: self._width]
        names = None
        if self._has_names:
            names = (rest[0], rest[1], rest[2])
            rest = rest[3:]
        files = () if self._files is None else self._files.read(row[self._width :])
        return FoundDataset(
            collection=collection,
            id=id_,
            run=run,
            records=self._joins.read(rest),
            files=files,
            names=names,
        )


def with_names(
    schema: Schema,
    source: FromClause,
    found_in: ColumnElement[Any],
    run: ColumnElement[Any],
    columns: list[ColumnElement[Any]],
) -> FromClause:
    """Join the names that the keys of a dataset stand for, and add their columns.

    ``source`` has the table of datasets in it.
    """
    key = schema.collection_id.name
    collection = schema.collection.alias("found_in")
    run_collection = schema.collection.alias("run_collection")
    type_ = schema.dataset_type
    columns += [type_.c.name, collection.c.name, run_collection.c.name]
    return (
        source.join(type_, type_.c.id == schema.dataset.c.dataset_type_id)
        .join(collection, collection.c[key] == found_in)
        .join(run_collection, run_collection.c[key] == run)
    )


def _hits(
    schema: Schema, dataset_type: RegisteredDatasetType, *, calibrations: bool
) -> Any:
    group = dataset_type.group
    tags = schema.tags(dataset_type.tags_table, group)
    parts = [_tag_hits(schema, tags, group.required)]
    if calibrations and dataset_type.calibs_table is not None:
        calibs = schema.calibs(dataset_type.calibs_table, group)
        own = _own_time(schema, group)
        if own is not None:
            time, is_this = own
            is_ever = exists().where(is_this, has_timespan(time))
            parts = [part.where(is_ever) for part in parts]
            is_then = exists().where(is_this, timespans_overlap(calibs, time))
            calib_hits = _calib_hits(schema, calibs, group.required).where(is_then)
        else:
            calib_hits = _calib_hits(schema, calibs, group.required)
        parts.append(calib_hits)
    return (
        union_all(*parts).subquery("hits")
        if len(parts) > 1
        else parts[0].subquery("hits")
    )


def _own_time(
    schema: Schema, group: DimensionGroup
) -> tuple[FromClause, ColumnElement[bool]] | None:
    """Return the table that says when a data ID is, and the condition for its row.

    A calibration type may itself have a temporal dimension (an overscan correction
    per exposure). Butler joins that dimension's timespan to the validity ranges of
    every search in which a CALIBRATION collection takes part.
    """
    name = group.temporal_element(schema.universe.temporal_families)
    if name is None:
        return None
    element = schema.universe.elements[name]
    time = schema.elements[name].alias("own_time")
    conditions = (
        time.c[element.column_of(n)] == dimension_parameter(schema, n)
        for n in element.required
    )
    return time, and_(true(), *conditions)


def _matches(
    schema: Schema, table: TableClause, dimensions: Sequence[str]
) -> list[ColumnElement[bool]]:
    dataset_type_id = bindparam("dataset_type_id", type_=BigInteger())
    return [
        table.c.dataset_type_id == dataset_type_id,
        *(table.c[name] == dimension_parameter(schema, name) for name in dimensions),
    ]


def _tag_hits(
    schema: Schema, tags: TableClause, dimensions: Sequence[str]
) -> Select[Any]:
    key = tags.c[schema.attributes.collection_key]
    matches = _matches(schema, tags, dimensions)
    if schema.dialect != "postgresql":
        wanted = bindparam("tag_collections", expanding=True, type_=key.type)
        return select(key.label("collection"), tags.c.dataset_id).where(
            key.in_(wanted), *matches
        )
    collections = bindparam("tag_collections", type_=ARRAY(key.type))
    path = (
        func.unnest(collections)
        .table_valued(column("key", key.type), with_ordinality="rank", name="path")
        .render_derived()
    )
    # OFFSET 0 keeps the planner from merging the probe into a join of its own.
    probe = (
        select(tags.c.dataset_id)
        .where(key == path.c.key, *matches)
        .offset(0)
        .lateral("probe")
    )
    first = (
        select(path.c.key.label("collection"), probe.c.dataset_id)
        .select_from(path.join(probe, true()))
        .order_by(path.c.rank)
        .limit(1)
        .subquery("first")
    )
    return select(first.c.collection, first.c.dataset_id)


def _calib_hits(
    schema: Schema, calibs: TableClause, dimensions: Sequence[str]
) -> Select[Any]:
    key = calibs.c[schema.attributes.collection_key]
    begin = bindparam("begin", type_=BigInteger())
    end = bindparam("end", type_=BigInteger())
    if schema.dialect == "postgresql":
        array = bindparam("calib_collections", type_=ARRAY(key.type))
        is_wanted: Any = key == array.any_()
    else:
        is_wanted = key.in_(
            bindparam("calib_collections", expanding=True, type_=key.type)
        )
    return select(key.label("collection"), calibs.c.dataset_id).where(
        is_wanted,
        *_matches(schema, calibs, dimensions),
        overlaps_bounds(calibs, begin, end),
    )
