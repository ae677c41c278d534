"""Queries as data: what is joined, asked and ordered, to be run on any butler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lsst.daf.butler import Butler, DataCoordinate
from lsst.daf.butler._query_all_datasets import QueryAllDatasetsParameters
from lsst.daf.butler.queries import Query

from .conditions import Bind

Kind = Literal["data_ids", "datasets", "records", "general", "all_datasets"]
Finish = Literal["rows", "count", "any", "explain"]
Name = str | tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One thing that a query builds on.

    Attributes
    ----------
    what
        A dataset search, dimensions, uploaded data IDs, a materialisation or a where.
    """

    what: Literal["search", "dimensions", "upload", "materialize", "where"]
    names: tuple[str, ...] = ()
    collections: tuple[str, ...] | None = None
    rows: tuple[Mapping[str, Any], ...] = ()
    where: str = ""
    bind: Bind = field(default_factory=dict)
    data_id: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """A query and what is asked of it.

    Attributes
    ----------
    of
        Dimensions, dataset type, dimension element, or globs of dataset types.
    fields
        Of dimension elements, in a general query.
    dataset_fields
        Of dataset types, in a general query.
    """

    kind: Kind
    of: Name
    steps: tuple[Step, ...] = ()
    collections: tuple[str, ...] | None = None
    find_first: bool = True
    with_records: bool = False
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dataset_fields: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    finish: Finish = "rows"
    options: Mapping[str, bool] = field(default_factory=dict)
    is_total: bool = False
    """Whether the order leaves no two rows equal."""
    has_defaults: bool = False
    """Whether the butler has default collections and a default data ID."""


def run(program: Program, butler: Butler, *, limit: int | None) -> Any:
    """Return what a butler answers: rows in their order, a number, a flag, texts."""
    if program.kind == "all_datasets":
        return _all_datasets(program, butler, limit)
    with butler.query() as query:
        for step in program.steps:
            query = _joined(query, step, butler)  # noqa: PLW2901
        results = _results(program, query)
        if program.order_by:
            results = results.order_by(*program.order_by)
        if limit is not None:
            results = results.limit(limit)
        match program.finish:
            case "count":
                return results.count(**program.options)
            case "any":
                return results.any(**program.options)
            case "explain":
                return list(results.explain_no_results(**program.options))
            case _:
                return list(results)


def _joined(query: Query, step: Step, butler: Butler) -> Query:
    match step.what:
        case "search":
            return query.join_dataset_search(step.names[0], step.collections)
        case "dimensions":
            return query.join_dimensions(step.names)
        case "upload":
            return query.join_data_coordinates(
                [
                    DataCoordinate.standardize(row, universe=butler.dimensions)
                    for row in step.rows
                ]
            )
        case "materialize":
            return query.materialize()
        case _:
            return query.where(step.where, bind=step.bind, **step.data_id)


def _results(program: Program, query: Query) -> Any:
    match program.kind:
        case "data_ids":
            results: Any = query.data_ids(program.of)
        case "records":
            return query.dimension_records(str(program.of))
        case "datasets":
            results = query.datasets(
                str(program.of), program.collections, find_first=program.find_first
            )
        case _:
            results = query.general(
                query.constraint_dimensions.universe.conform(program.of),
                dimension_fields=program.fields,
                dataset_fields=program.dataset_fields,
                find_first=program.find_first,
            )
    return results.with_dimension_records() if program.with_records else results


def _all_datasets(program: Program, butler: Butler, limit: int | None) -> Sequence[Any]:
    (step,) = program.steps
    wanted = QueryAllDatasetsParameters(
        collections=list(program.collections or ()),
        name=list(program.of),
        find_first=program.find_first,
        data_id=step.data_id,
        where=step.where,
        bind=step.bind,
        limit=limit,
        with_dimension_records=program.with_records,
    )
    # Of the public methods none asks for dimension records.
    with butler._query_all_datasets_by_page(wanted) as pages:
        return [ref for page in pages for ref in page]
