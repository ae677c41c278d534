"""Lookups in the database that are too many to be kept: one statement each."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from cachetools import LRUCache

from ..protocol.scalars import DataIdValue, Timespan
from .contents import Contents
from .database import Database
from .dataset_types import RegisteredDatasetType
from .dimensions import DimensionGroup, Element
from .moment import Moment
from .schema import Schema
from .statements import (
    DatasetsById,
    FetchRecords,
    FileTables,
    FindStatement,
    FoundDataset,
    Member,
    MembersStatement,
    Page,
    PagedTable,
    Place,
    StoredDataset,
    element_records,
    page_parameters,
    run_by_id,
    runs_by_id,
    search_records,
    validity_ranges,
)
from .statements.records import Record, dimension_parameters, large_elements

_MOST_FETCHES = 1_000


class RegistryReader:
    """Reads datasets and large dimension records with the tables of one `Contents`.

    Statement objects are made at first use and kept as long as the definitions
    they were made from.

    Parameters
    ----------
    database
        Where to read.
    contents
        Definitions: schema, and which optional tables exist and may be read.
    dataset_types
        All registered dataset types.
    records_tables
        Records table of each datastore, in chain order.
    """

    def __init__(
        self,
        database: Database,
        contents: Contents,
        dataset_types: Mapping[str, RegisteredDatasetType],
        records_tables: Sequence[str],
    ) -> None:
        self._database = database
        self._schema: Schema = contents.schema
        self._types = [
            t for t in dataset_types.values() if t.tags_table not in contents.unreadable
        ]
        existing = {name for (name,) in contents.rows["opaque_meta"]}
        self._files = FileTables(
            contents.schema,
            [(i, name) for i, name in enumerate(records_tables) if name in existing],
        )
        self._finds: dict[tuple[int, bool, bool, bool], FindStatement] = {}
        self._fetches: LRUCache[tuple[DimensionGroup, tuple[str, ...]], FetchRecords]
        self._fetches = LRUCache(_MOST_FETCHES)
        self._by_id: dict[bool, DatasetsById] = {}
        self._run, self._runs = run_by_id(self._schema), runs_by_id(self._schema)
        self._members: dict[tuple[int, bool, bool], MembersStatement] = {}

    async def find(
        self,
        dataset_type: RegisteredDatasetType,
        values: Mapping[str, DataIdValue],
        *,
        tag_collections: Sequence[Any],
        calib_collections: Sequence[Any],
        timespan: Timespan,
        records: bool = False,
        files: bool = False,
    ) -> tuple[Moment | None, list[FoundDataset]]:
        """Return what the collections hold for one data ID, and at which moment.

        Parameters
        ----------
        values
            Values of the type's required dimensions.
        tag_collections, calib_collections
            Keys in the order of the search path. Of the first, at least the
            earliest match is returned; of the second, all matches.
        """
        calibrations = bool(calib_collections)
        key = (dataset_type.id, calibrations, records, files)
        if key not in self._finds:
            self._finds[key] = FindStatement(
                self._schema,
                dataset_type,
                calibrations=calibrations,
                records=records,
                files=self._files if files else None,
            )
        statement = self._finds[key]
        parameters = {
            "dataset_type_id": dataset_type.id,
            "tag_collections": list(tag_collections),
            **dimension_parameters(values),
        }
        if calibrations:
            begin, end = timespan
            parameters |= {
                "calib_collections": list(calib_collections),
                "begin": begin,
                "end": end,
            }
        moment, rows = await self._database.fetch(statement.statement, parameters)
        return moment, [statement.read(row) for row in rows]

    async def datasets(
        self, ids: Sequence[UUID], *, files: bool = False
    ) -> list[StoredDataset]:
        """Return the datasets with these UUIDs that exist, in no special order."""
        if files not in self._by_id:
            self._by_id[files] = DatasetsById(
                self._schema, self._types, self._files if files else None
            )
        statement = self._by_id[files]
        _, rows = await self._database.fetch(statement.statement, {"ids": list(ids)})
        return [statement.read(row) for row in rows]

    async def runs(self, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """Return the keys of the RUNs of the datasets with these UUIDs that exist."""
        if len(ids) == 1:
            (id_,) = ids
            _, rows = await self._database.fetch(self._run, {"id": id_})
            ((run, *_),) = rows
            return {} if run is None else {id_: run}
        _, rows = await self._database.fetch(self._runs, {"ids": list(ids)})
        return {id_: run for id_, run, *_ in rows}

    async def members(
        self,
        dataset_type: RegisteredDatasetType,
        collection: Any,
        *,
        calibrations: bool,
        after: Place | None,
        limit: int,
    ) -> tuple[Moment | None, list[Member]]:
        """Return the next datasets of a type in a collection, in order.

        Parameters
        ----------
        collection
            Key of a collection that is no chain.
        calibrations
            Whether it is a CALIBRATION collection.
        after
            Place of the last one already read; `None`: of none.
        limit
            How many are returned, unless there are fewer.
        """
        key = (dataset_type.id, calibrations, after is None)
        if key not in self._members:
            self._members[key] = MembersStatement(
                self._schema,
                dataset_type,
                calibrations=calibrations,
                is_first=after is None,
                files=self._files,
            )
        statement = self._members[key]
        parameters = {
            "dataset_type_id": dataset_type.id,
            "collection": collection,
            "page_size": limit,
            **page_parameters(after),
        }
        moment, rows = await self._database.fetch(
            statement.statement, parameters, is_lookup=False
        )
        return moment, sorted(map(statement.read, rows), key=lambda m: m.rank)

    async def validity_ranges(
        self,
        dataset_type: RegisteredDatasetType,
        collection: Any,
        *,
        after: Place | None,
        limit: int,
    ) -> Page:
        """Return the next validity ranges of a type in a CALIBRATION collection."""
        return await self._page(
            validity_ranges(self._schema, dataset_type),
            after,
            limit,
            dataset_type_id=dataset_type.id,
            collection=collection,
        )

    async def element_records(
        self, element: Element, *, after: Place | None, limit: int
    ) -> Page:
        """Return the next records of an element that has a table of its own."""
        return await self._page(element_records(self._schema, element), after, limit)

    async def _page(
        self, table: PagedTable, after: Place | None, limit: int, **of: Any
    ) -> Page:
        parameters = {**table.parameters(after, limit), **of}
        _, rows = await self._database.fetch(
            table.statement(after), parameters, is_lookup=False
        )
        return table.read(rows, limit)

    async def records(
        self, group: DimensionGroup, values: Mapping[str, DataIdValue]
    ) -> dict[str, Record | None]:
        """Return the large records of a data ID, by element.

        No statement runs if the group has no large elements.
        """
        if not large_elements(group):
            return {}
        key = (group, tuple(values))
        fetch = self._fetches.get(key)
        if fetch is None:
            fetch = FetchRecords(self._schema, group, tuple(values))
            self._fetches[key] = fetch
        parameters = dimension_parameters(values)
        _, rows = await self._database.fetch(fetch.statement, parameters)
        return fetch.read(rows[0])

    async def search(
        self, element: Element, conditions: Mapping[str, Any], limit: int
    ) -> list[Record]:
        """Return at most ``limit`` records of a large element, ordered by key."""
        statement, reader = search_records(self._schema, element, conditions, limit)
        _, rows = await self._database.fetch(statement, {})
        return [reader.read(tuple(row)) for row in rows]
