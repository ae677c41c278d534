"""Searches of the asynchronous client: `ButlerQueries`, to be awaited."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ...protocol.query_work import PartsFormat
from ..calls import jobs, queries
from ..calls.queries import selection_of
from ..calls.repository import Repository
from ..connection.asynchronous import AsyncConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..model import (
    DataCoordinate,
    DatasetRef,
    DatasetType,
    DimensionRecord,
    name_of,
)
from .jobs import AsyncQueryJob

_T = TypeVar("_T")


class AsyncButlerQueries:
    """The part of `AsyncButler` that searches; `ButlerQueries` says more."""

    _connection: AsyncConnection
    _limits: Limits

    @property
    def _repository(self) -> Repository:
        raise NotImplementedError

    async def _run(self, call: Call[_T]) -> _T:
        raise NotImplementedError

    async def query_datasets(
        self,
        dataset_type: str | DatasetType,
        collections: str | Iterable[str] | None = None,
        *,
        find_first: bool = True,
        data_id: Mapping[str, Any] | None = None,
        where: str = "",
        bind: Mapping[str, Any] | None = None,
        with_dimension_records: bool = False,
        order_by: Iterable[str] | str | None = None,
        limit: int | None = -20000,
        explain: bool = True,
        **kwargs: Any,
    ) -> list[DatasetRef]:
        """Return the datasets of one type that fit."""
        return await self._run(
            queries.query_datasets(
                self._repository,
                dataset_type,
                collections,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                find_first=find_first,
                with_dimension_records=with_dimension_records,
                explain=explain,
            )
        )

    async def query_data_ids(
        self,
        dimensions: Iterable[str] | str,
        *,
        data_id: Mapping[str, Any] | None = None,
        where: str = "",
        bind: Mapping[str, Any] | None = None,
        with_dimension_records: bool = False,
        order_by: Iterable[str] | str | None = None,
        limit: int | None = -20000,
        explain: bool = True,
        **kwargs: Any,
    ) -> list[DataCoordinate]:
        """Return the data IDs that fit."""
        return await self._run(
            queries.query_data_ids(
                self._repository,
                dimensions,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                with_dimension_records=with_dimension_records,
                explain=explain,
            )
        )

    async def query_dimension_records(
        self,
        element: str,
        *,
        data_id: Mapping[str, Any] | None = None,
        where: str = "",
        bind: Mapping[str, Any] | None = None,
        order_by: Iterable[str] | str | None = None,
        limit: int | None = -20000,
        explain: bool = True,
        **kwargs: Any,
    ) -> list[DimensionRecord]:
        """Return the records of a dimension element that fit."""
        return await self._run(
            queries.query_dimension_records(
                self._repository,
                element,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                explain=explain,
            )
        )

    async def query_all_datasets(
        self,
        collections: str | Iterable[str] | None = None,
        *,
        name: str | Iterable[str] = "*",
        find_first: bool = True,
        data_id: Mapping[str, Any] | None = None,
        where: str = "",
        bind: Mapping[str, Any] | None = None,
        limit: int | None = -20000,
        **kwargs: Any,
    ) -> list[DatasetRef]:
        """Return the datasets of all types whose names fit names and globs."""
        return await self._run(
            queries.query_all_datasets(
                self._repository,
                collections,
                selection_of(where, bind, data_id, kwargs, None, limit),
                name=name,
                find_first=find_first,
            )
        )

    async def query_job(
        self,
        dataset_type: str | DatasetType,
        collections: str | Iterable[str] | None = None,
        *,
        find_first: bool = True,
        data_id: Mapping[str, Any] | None = None,
        where: str = "",
        bind: Mapping[str, Any] | None = None,
        with_dimension_records: bool = False,
        order_by: Iterable[str] | str | None = None,
        limit: int | None = None,
        format: PartsFormat = "jsonl",
        **kwargs: Any,
    ) -> AsyncQueryJob:
        """Begin a `query_datasets` that goes on without this process."""
        id_ = await self._run(
            jobs.submit(
                self._repository,
                name_of(dataset_type),
                collections,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                format,
                find_first=find_first,
                with_dimension_records=with_dimension_records,
            )
        )
        return AsyncQueryJob(self._repository, self._connection, self._limits, id_)
