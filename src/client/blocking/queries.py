"""Searches of the blocking client: those of daf_butler, with its arguments."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from ...protocol.query_work import PartsFormat
from ..calls import jobs, queries
from ..calls.queries import selection_of
from ..calls.repository import Repository
from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..model import (
    DataCoordinate,
    DatasetRef,
    DatasetType,
    DimensionRecord,
    name_of,
)
from .jobs import QueryJob

_T = TypeVar("_T")


class ButlerQueries:
    """The part of `Butler` that searches.

    What all searches share: ``where`` is a condition of daf_butler's expression
    language, in which ``bind`` gives values to names; ``data_id`` and keywords fix
    dimensions. A negative ``limit`` warns if there is more. ``explain`` raises
    `EmptyQueryResultError` with reasons in place of an empty result.
    """

    _repository: Repository
    _connection: BlockingConnection
    _limits: Limits

    def _run(self, call: Call[_T]) -> _T:
        raise NotImplementedError

    def query_datasets(
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
        """Return the datasets of one type that fit.

        Parameters
        ----------
        find_first
            Whether, of those with one data ID, only the first in the order of the
            collections counts.
        with_dimension_records
            Whether their dimension records come with them.

        Raises
        ------
        InvalidQueryError
            If the search makes no sense.
        EmptyQueryResultError
            If nothing was found, unless ``explain`` is false.
        """
        return self._run(
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

    def query_data_ids(
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
        """Return the data IDs that fit.

        Raises
        ------
        InvalidQueryError
            If the search makes no sense.
        EmptyQueryResultError
            If nothing was found, unless ``explain`` is false.
        """
        return self._run(
            queries.query_data_ids(
                self._repository,
                dimensions,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                with_dimension_records=with_dimension_records,
                explain=explain,
            )
        )

    def query_dimension_records(
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
        """Return the records of a dimension element that fit.

        Raises
        ------
        InvalidQueryError
            If the search makes no sense.
        EmptyQueryResultError
            If nothing was found, unless ``explain`` is false.
        """
        return self._run(
            queries.query_dimension_records(
                self._repository,
                element,
                selection_of(where, bind, data_id, kwargs, order_by, limit),
                explain=explain,
            )
        )

    def query_all_datasets(
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
        """Return the datasets of all types whose names fit names and globs.

        Raises
        ------
        InvalidQueryError
            If the search makes no sense.
        MissingDatasetTypeError
            If there is no such type.
        """
        return self._run(
            queries.query_all_datasets(
                self._repository,
                collections,
                selection_of(where, bind, data_id, kwargs, None, limit),
                name=name,
                find_first=find_first,
            )
        )

    def query_job(
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
    ) -> QueryJob:
        """Begin a `query_datasets` that goes on without this process.

        Of this project's servers only, and where the operator has a place for results.

        Parameters
        ----------
        format
            Of the files of its result: ``jsonl`` or ``parquet``.

        Returns
        -------
        QueryJob
            Removes the job at the end of a ``with`` block.
        """
        id_ = self._run(
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
        return QueryJob(self._repository, self._connection, self._limits, id_)
