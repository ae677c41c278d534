"""Everything that collections hold, read in one transaction and batch by batch.

For those who copy whole releases: no statement of a lookup goes through here. On
SQLite the transaction keeps writers from committing; copy the file first
(`sqlite_copy`).
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    LargeBinary,
    Text,
    TypeDecorator,
    bindparam,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from .columns import timespan_bounds
from .contents import Contents, read_contents
from .database import translate
from .dataset_types import RegisteredDatasetType
from .dimensions import Element
from .engines import sqlite_uri
from .registry import Registry
from .schema import Schema
from .statements.files import file_columns
from .streams import Batch, stream, stream_plain

_SETTINGS = (
    "SET LOCAL cursor_tuple_fraction = 1",  # all rows are wanted, not the first few
    "SET LOCAL work_mem = '64MB'",
)


class _HexBytes(TypeDecorator[bytes]):
    """A UUID as SQLite keeps it, 32 digits, which become 16 bytes."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Decode one value."""
        del dialect
        return None if value is None else bytes.fromhex(value)


@asynccontextmanager
async def bulk_reader(registry: Registry) -> AsyncIterator["BulkReader"]:
    """Have one state of a repository to read, as long as the context lasts.

    Raises
    ------
    UnavailableError
        If the database is away.
    RepositoryError
        If it holds no repository that can be served.
    """
    await registry.open()
    moment = await registry.gate.read()
    dialect = registry.database.dialect
    is_postgresql = dialect == "postgresql"
    try:
        async with aclosing(await registry.database.connect()) as connection:
            await connection.exec_driver_sql(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                if is_postgresql
                else "BEGIN"
            )
            for setting in _SETTINGS if is_postgresql else ():
                await connection.exec_driver_sql(setting)
            namespace = registry.config.namespace
            contents = await read_contents(connection, dialect, moment, None, namespace)
            tables = registry.config.records_tables
            try:
                yield BulkReader(connection, contents, tables)
            finally:
                with suppress(SQLAlchemyError):
                    await connection.exec_driver_sql("ROLLBACK")
    except (SQLAlchemyError, psycopg.Error, OSError) as error:
        raise translate(error) from error


def sqlite_copy(registry: Registry, target: Path) -> None:
    """Copy the database file of a repository, as of one moment."""
    source = sqlite3.connect(sqlite_uri(registry.database.url), uri=True)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


class BulkReader:
    """One state of one repository.

    Parameters
    ----------
    connection
        In a transaction.
    contents
        Definitions of that state.
    records_tables
        Records table of each datastore, in chain order.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        contents: Contents,
        records_tables: Sequence[str],
    ) -> None:
        self.contents = contents
        self._connection = connection
        self._schema: Schema = contents.schema
        summaries = contents.rows[contents.schema.summary_dataset_type.name]
        self._summaries = {(key, type_id) for key, type_id in summaries}
        existing = {name for (name,) in contents.rows["opaque_meta"]}
        self._files = [
            (i, name) for i, name in enumerate(records_tables) if name in existing
        ]

    def holding(
        self, type_: RegisteredDatasetType, collections: Iterable[Any]
    ) -> list[Any]:
        """Return those of some collections that can have datasets of a type."""
        return [key for key in collections if (key, type_.id) in self._summaries]

    def datasets(
        self, type_: RegisteredDatasetType, runs: Sequence[Any]
    ) -> AsyncIterator[Batch]:
        """Yield the datasets of a type in some RUNs: run, UUID, data ID."""
        return self.members(type_, runs)

    def strays(
        self,
        type_: RegisteredDatasetType,
        runs: Sequence[Any],
        tagged: Sequence[Any],
        calibrations: Sequence[Any],
    ) -> AsyncIterator[Batch]:
        """Yield, in the same form, what is only in TAGGED or CALIBRATION collections.

        That is, what is in none of ``runs``.
        """
        schema, group = self._schema, type_.group
        key, run_key = schema.attributes.collection_key, schema.attributes.run_key
        tags = schema.tags(type_.tags_table, group)
        parts = [(tags, tagged)]
        if type_.calibs_table is not None:
            parts.append((schema.calibs(type_.calibs_table, group), calibrations))
        wanted = union_all(
            *(
                select(table.c.dataset_id)
                .distinct()
                .where(
                    table.c.dataset_type_id == type_.id,
                    _among(table.c[key], collections),
                )
                for table, collections in parts
                if collections
            )
        )
        home = tags.alias("home")
        dataset = schema.dataset
        run = dataset.c[run_key]
        source = home.join(
            dataset, (dataset.c.id == home.c.dataset_id) & (run == home.c[key])
        )
        return stream_plain(
            self._connection,
            select(run, self._id(home.c.dataset_id), *_data_id(home, type_))
            .select_from(source)
            .where(home.c.dataset_type_id == type_.id)
            .where(~_among(run, runs), home.c.dataset_id.in_(wanted)),
        )

    def members(
        self, type_: RegisteredDatasetType, collections: Sequence[Any]
    ) -> AsyncIterator[Batch]:
        """Yield membership of RUN or TAGGED collections: collection, UUID, data ID."""
        tags = self._schema.tags(type_.tags_table, type_.group)
        key = tags.c[self._schema.attributes.collection_key]
        return stream_plain(
            self._connection,
            select(key, self._id(tags.c.dataset_id), *_data_id(tags, type_)).where(
                tags.c.dataset_type_id == type_.id, _among(key, collections)
            ),
        )

    def validity_ranges(
        self, type_: RegisteredDatasetType, calibrations: Sequence[Any]
    ) -> AsyncIterator[Batch]:
        """Yield certified datasets: collection, UUID, begin, end, data ID."""
        calibs = self._schema.calibs(type_.calibs_table or "", type_.group)
        key = calibs.c[self._schema.attributes.collection_key]
        return stream_plain(
            self._connection,
            select(
                key,
                self._id(calibs.c.dataset_id),
                *timespan_bounds(calibs),
                *_data_id(calibs, type_),
            ).where(
                calibs.c.dataset_type_id == type_.id,
                _among(key, calibrations),
            ),
        )

    def records(self, element: Element) -> AsyncIterator[Batch]:
        """Yield the records of an element that has a table of its own."""
        table = self._schema.elements[element.name]
        return stream(
            self._connection, select(*self._schema.record_columns(element, table))
        )

    async def files(self) -> AsyncIterator[Batch]:
        """Yield the files of all datasets, whatever their collections.

        Rows are: UUID, number of the datastore, path, formatter, storage class,
        component, checksum, size. No statement joins them with their datasets: that
        would read the whole table for each dataset type.
        """
        for datastore, name in self._files:
            table = self._schema.file_records(name)
            found = stream_plain(
                self._connection,
                select(
                    self._id(table.c.dataset_id),
                    literal(datastore),
                    *file_columns(table),
                ),
            )
            async with aclosing(found):
                async for batch in found:
                    yield batch

    def _id(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a UUID as 16 bytes: objects of it would take longest of all."""
        if self._schema.dialect == "postgresql":
            return func.uuid_send(column, type_=LargeBinary)
        return type_coerce(column, _HexBytes)


def _data_id(
    table: FromClause, type_: RegisteredDatasetType
) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in type_.group.required]


def _among(column: ColumnElement[Any], keys: Sequence[Any]) -> ColumnElement[bool]:
    """Return whether a key is one of some: there may be more than parameters can be."""
    wanted = bindparam(
        None, keys, column.type, expanding=True, literal_execute=True, unique=True
    )
    return column.in_(wanted)
