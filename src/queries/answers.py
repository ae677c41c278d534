"""Runs each kind of query on a DirectButler.

Request models are daf_butler's own: what they refuse is malformed. Nothing is kept
from one query to the next: uploads and materialisations are made again for each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from lsst.daf.butler import (
    DataCoordinate,
    DatasetRef,
    DimensionGroup,
    InvalidQueryError,
)
from lsst.daf.butler._query_all_datasets import (
    QueryAllDatasetsParameters,
    query_all_datasets,
)
from lsst.daf.butler.direct_butler import DirectButler
from lsst.daf.butler.queries.tree import QueryTree
from lsst.daf.butler.registry import RegistryDefaults
from lsst.daf.butler.remote_butler.server_models import (
    AdditionalQueryInput,
    DatasetRefResultModel,
    QueryAllDatasetsRequestModel,
    QueryAnyRequestModel,
    QueryAnyResponseModel,
    QueryCountRequestModel,
    QueryCountResponseModel,
    QueryExecuteRequestModel,
    QueryExplainRequestModel,
    QueryExplainResponseModel,
    QueryInputs,
)
from pydantic import BaseModel

from ..protocol.query_work import FrameKind, QueryWork
from .pages import Sheet, line, page_line
from .parts import write_parts
from .seen import check_names, check_page

Part = tuple[FrameKind, bytes, int]
"""A piece of an answer: kind, payload, and how many rows it has."""

_MAX_UPLOADED_ROWS = 100_000


def answer(butler: DirectButler, work: QueryWork) -> Iterator[Part]:
    """Run a query; yield the answer piece by piece, or what has been written of it."""
    if work.kind in _VALUES:
        return _VALUES[work.kind](butler, work)
    sheets = _SHEETS[work.kind](butler, work)
    if work.parts is not None:
        return write_parts(sheets, work.parts, work.max_bytes)
    return (
        (FrameKind.PAGE, sheet.line(sheet.rows), len(sheet.rows))
        for sheet in sheets
        if not sheet.is_head
    )


def _execute(butler: DirectButler, work: QueryWork) -> Iterator[Sheet]:
    request = QueryExecuteRequestModel.model_validate_json(work.body)
    with _query(butler, request.query) as (driver, tree):
        spec = request.result_spec.to_result_spec(driver.universe)
        pages = driver.execute(spec, tree)
        # A file of no rows has columns, too.
        yield Sheet(spec, (), lambda _: b"", is_head=True)
        for page in pages:
            rows = list(page.rows)
            check_page(work.sight, page, rows)
            yield Sheet(spec, rows, partial(page_line, page))


def _all_datasets(butler: DirectButler, work: QueryWork) -> Iterator[Sheet]:
    request = QueryAllDatasetsRequestModel.model_validate_json(work.body)
    data_id = DataCoordinate.standardize(
        request.default_data_id, universe=butler.dimensions
    )
    butler.registry.defaults = RegistryDefaults.from_data_id(data_id)
    wanted = QueryAllDatasetsParameters(
        collections=request.collections,
        name=request.name,
        find_first=request.find_first,
        data_id=request.data_id,
        where=request.where,
        bind={name: bound.get_literal_value() for name, bound in request.bind.items()},
        limit=request.limit,
        with_dimension_records=request.with_dimension_records,
    )
    with butler.query() as query:
        for page in query_all_datasets(butler, query, wanted):
            check_names(work.sight, (ref.run for ref in page.data))
            kind = page.data[0].datasetType if page.data else None
            yield Sheet(kind, page.data, _refs_line)


def _refs_line(refs: Iterable[DatasetRef]) -> bytes:
    return line(DatasetRefResultModel.from_refs(refs))


def _count(butler: DirectButler, work: QueryWork) -> Iterator[Part]:
    request = QueryCountRequestModel.model_validate_json(work.body)
    with _query(butler, request.query) as (driver, tree):
        spec = request.result_spec.to_result_spec(driver.universe)
        count = driver.count(tree, spec, exact=request.exact, discard=request.discard)
        yield _value(QueryCountResponseModel(count=count))


def _any(butler: DirectButler, work: QueryWork) -> Iterator[Part]:
    request = QueryAnyRequestModel.model_validate_json(work.body)
    with _query(butler, request.query) as (driver, tree):
        found = driver.any(tree, execute=request.execute, exact=request.exact)
        yield _value(QueryAnyResponseModel(found_rows=found))


def _explain(butler: DirectButler, work: QueryWork) -> Iterator[Part]:
    request = QueryExplainRequestModel.model_validate_json(work.body)
    with _query(butler, request.query) as (driver, tree):
        messages = driver.explain_no_results(tree, execute=request.execute)
        yield _value(QueryExplainResponseModel(messages=list(messages)))


_SHEETS: Mapping[str, Callable[[DirectButler, QueryWork], Iterator[Sheet]]] = {
    "execute": _execute,
    "all_datasets": _all_datasets,
}
_VALUES: Mapping[str, Callable[[DirectButler, QueryWork], Iterator[Part]]] = {
    "count": _count,
    "any": _any,
    "explain": _explain,
}


def _value(model: BaseModel) -> Part:
    return FrameKind.VALUE, model.model_dump_json().encode(), 0


@contextmanager
def _query(
    butler: DirectButler, inputs: QueryInputs
) -> Iterator[tuple[Any, QueryTree]]:
    """Begin a query: one transaction, in which all that it needs is uploaded."""
    universe = butler.dimensions
    tree = inputs.tree.to_query_tree(universe)
    data_id = DataCoordinate.from_simple(inputs.default_data_id, universe=universe)
    with butler._query_driver(  # noqa: SLF001 - made for servers
        default_collections=(), default_data_id=data_id
    ) as driver:
        for given in inputs.additional_query_inputs:
            _provide(driver, given)
        yield driver, tree


def _provide(driver: Any, given: AdditionalQueryInput) -> None:
    """Upload what comes with a query, or materialise what it builds on."""
    dimensions = DimensionGroup.from_simple(given.dimensions, driver.universe)
    if given.type == "upload":
        if len(given.rows) > _MAX_UPLOADED_ROWS:
            raise InvalidQueryError(
                f"Uploaded data coordinate rows exceed limit of {_MAX_UPLOADED_ROWS}"
            )
        rows = [_row(row, dimensions) for row in given.rows]
        driver.upload_data_coordinates(dimensions, rows, key=given.key)
        return
    if not driver.db.supports_temporary_tables:
        raise InvalidQueryError(
            "This repository's database has no temporary tables: 'materialize' cannot "
            "be used; leave it out of the query."
        )
    driver.materialize(
        given.tree.to_query_tree(driver.universe),
        dimensions,
        frozenset(given.datasets),
        key=given.key,
        allow_duplicate_overlaps=given.allow_duplicate_overlaps,
    )


def _row(row: list[Any], dimensions: DimensionGroup) -> tuple[Any, ...]:
    if len(row) != len(dimensions.required):
        raise InvalidQueryError(
            f"An uploaded row has {len(row)} values; {dimensions.required} need "
            f"{len(dimensions.required)}."
        )
    return tuple(row)
