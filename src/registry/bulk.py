"""Everything that collections hold, read in one transaction and batch by batch.

For those who copy whole releases: no statement of a lookup goes through here. On
SQLite the transaction keeps writers from committing; copy the file first
(`sqlite_copy`).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    LargeBinary,
    Select,
    Text,
    TypeDecorator,
    func,
    literal,
    null,
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

Batch = Sequence[Sequence[Any]]

_BATCH = 5_000
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
            tables = [d.records_table for d in registry.config.datastores]
            try:
                yield BulkReader(connection, contents, tables)
            finally:
                with suppress(SQLAlchemyError):
                    await connection.exec_driver_sql("ROLLBACK")
    except (SQLAlchemyError, OSError) as error:
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
        """Yield the datasets of a type in some RUNs, once for each of their files.

        Rows are: run, UUID, number of the datastore (or `None`), path, formatter,
        storage class, component, checksum, size, then the data ID.
        """
        tags = self._schema.tags(type_.tags_table, type_.group)
        key = tags.c[self._schema.attributes.collection_key]
        statement = self._with_files(
            tags, tags.c.dataset_id, (key, *_data_id(tags, type_))
        ).where(tags.c.dataset_type_id == type_.id, key.in_(runs))
        return self._stream(statement)

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
                    table.c.dataset_type_id == type_.id, table.c[key].in_(collections)
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
        return self._stream(
            self._with_files(source, home.c.dataset_id, (run, *_data_id(home, type_)))
            .where(home.c.dataset_type_id == type_.id)
            .where(run.not_in(runs), home.c.dataset_id.in_(wanted))
        )

    def members(
        self, type_: RegisteredDatasetType, tagged: Sequence[Any]
    ) -> AsyncIterator[Batch]:
        """Yield membership of TAGGED collections: collection, UUID, data ID."""
        tags = self._schema.tags(type_.tags_table, type_.group)
        key = tags.c[self._schema.attributes.collection_key]
        return self._stream(
            select(key, self._id(tags.c.dataset_id), *_data_id(tags, type_)).where(
                tags.c.dataset_type_id == type_.id, key.in_(tagged)
            )
        )

    def validity_ranges(
        self, type_: RegisteredDatasetType, calibrations: Sequence[Any]
    ) -> AsyncIterator[Batch]:
        """Yield certified datasets: collection, UUID, begin, end, data ID."""
        calibs = self._schema.calibs(type_.calibs_table or "", type_.group)
        key = calibs.c[self._schema.attributes.collection_key]
        return self._stream(
            select(
                key,
                self._id(calibs.c.dataset_id),
                *timespan_bounds(calibs),
                *_data_id(calibs, type_),
            ).where(
                calibs.c.dataset_type_id == type_.id,
                key.in_(calibrations),
            )
        )

    def records(self, element: Element) -> AsyncIterator[Batch]:
        """Yield the records of an element that has a table of its own."""
        table = self._schema.elements[element.name]
        return self._stream(select(*self._schema.record_columns(element, table)))

    def _id(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a UUID as 16 bytes: objects of it would take longest of all."""
        if self._schema.dialect == "postgresql":
            return func.uuid_send(column, type_=LargeBinary)
        return type_coerce(column, _HexBytes)

    def _with_files(
        self,
        source: FromClause,
        dataset_id: ColumnElement[Any],
        columns: Sequence[ColumnElement[Any]],
    ) -> Select[Any]:
        run, *data_id = columns
        if not self._files:
            nothing = [null() for _ in range(7)]
            return select(run, self._id(dataset_id), *nothing, *data_id).select_from(
                source
            )
        files = union_all(*(self._records(i, n) for i, n in self._files)).subquery(
            "files"
        )
        found = (c for c in files.c if c.name != "dataset_id")
        return select(run, self._id(dataset_id), *found, *data_id).select_from(
            source.outerjoin(files, files.c.dataset_id == dataset_id)
        )

    def _records(self, datastore: int, name: str) -> Select[Any]:
        table = self._schema.file_records(name)
        return select(
            table.c.dataset_id,
            literal(datastore).label("datastore"),
            table.c.path,
            table.c.formatter,
            table.c.storage_class,
            table.c.component,
            table.c.checksum,
            table.c.file_size,
        )

    async def _stream(self, statement: Select[Any]) -> AsyncIterator[Batch]:
        """Yield batches; the next one is on its way while one is worked on."""
        result = await self._connection.stream(
            statement, execution_options={"yield_per": _BATCH}
        )
        coming = asyncio.ensure_future(result.fetchmany(_BATCH))
        try:
            while rows := await coming:
                coming = asyncio.ensure_future(result.fetchmany(_BATCH))
                await asyncio.sleep(0)  # so that it is sent
                yield rows
        finally:
            if not coming.done():
                with suppress(Exception):
                    await coming
            await result.close()


def _data_id(
    table: FromClause, type_: RegisteredDatasetType
) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in type_.group.required]
