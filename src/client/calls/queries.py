"""Searches for datasets, data IDs and dimension records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import index
from typing import Any, TypeVar
from warnings import warn

from ...protocol.globs import is_glob
from ...protocol.rows import (
    DataCoordinateRows,
    DatasetRefRows,
    DimensionRecordRows,
    ExplainResponse,
)
from ..connection.limits import QUERY_SECONDS
from ..connection.lines import rows_of
from ..connection.messages import Call, Work
from ..errors import EmptyQueryResultError, InvalidQueryError
from ..model import (
    DataCoordinate,
    DatasetRef,
    DimensionRecord,
    Shapes,
    name_of,
    split_name,
)
from ..queries import (
    Scope,
    Selection,
    all_datasets,
    data_ids,
    dataset_refs,
    dimension_records,
    explanation,
)
from .arguments import data_id_of, names_of
from .collections import query_info
from .lookups import definition_of
from .repository import Repository

_T = TypeVar("_T")


def query_datasets(
    repository: Repository,
    dataset_type: Any,
    collections: Any,
    selection: Selection,
    *,
    find_first: bool,
    with_dimension_records: bool,
    explain: bool,
) -> Call[list[DatasetRef]]:
    """Return the datasets of one type that fit a selection."""
    names = yield from searched(repository, collections, find_first=find_first)
    shapes = yield from repository.shapes()
    whole, component = split_name(name_of(dataset_type))
    if component is not None:
        raise InvalidQueryError(
            f"{name_of(dataset_type)!r} is a component: search for {whole!r}, and ask "
            "for the component when you read"
        )
    definition = yield from definition_of(repository, whole)
    body = dataset_refs(
        (yield from scope_of(repository, shapes)),
        selection,
        definition,
        names,
        find_first=find_first,
        with_dimension_records=with_dimension_records,
    )
    made = yield from _made(
        repository, "query/execute", body, DatasetRefRows, shapes.dataset_ref
    )
    found = cut(made, selection, "datasets")
    return (yield from _explained(repository, body, found, selection, explain))


def query_data_ids(
    repository: Repository,
    dimensions: str | Iterable[str],
    selection: Selection,
    *,
    with_dimension_records: bool,
    explain: bool,
) -> Call[list[DataCoordinate]]:
    """Return the data IDs that fit a selection."""
    shapes = yield from repository.shapes()
    wanted = [dimensions] if isinstance(dimensions, str) else list(dimensions)
    group = shapes.universe.group(wanted)
    body = data_ids(
        (yield from scope_of(repository, shapes)),
        selection,
        group,
        with_dimension_records=with_dimension_records,
    )
    made = yield from _made(
        repository,
        "query/execute",
        body,
        DataCoordinateRows,
        lambda row: shapes.data_coordinate(row, group),
    )
    found = cut(made, selection, "data IDs")
    return (yield from _explained(repository, body, found, selection, explain))


def query_dimension_records(
    repository: Repository, element: str, selection: Selection, *, explain: bool
) -> Call[list[DimensionRecord]]:
    """Return the records of a dimension element that fit a selection."""
    shapes = yield from repository.shapes()
    scope = yield from scope_of(repository, shapes)
    body = dimension_records(scope, selection, name_of(element))
    made = yield from _made(
        repository, "query/execute", body, DimensionRecordRows, shapes.record
    )
    found = cut(made, selection, "records")
    return (yield from _explained(repository, body, found, selection, explain))


def query_all_datasets(
    repository: Repository,
    collections: Any,
    selection: Selection,
    *,
    name: Any,
    find_first: bool,
) -> Call[list[DatasetRef]]:
    """Return the datasets of all types that fit names and globs."""
    shapes = yield from repository.shapes()
    body = all_datasets(
        (yield from scope_of(repository, shapes)),
        selection,
        names_of(name),
        repository.collections(collections),
        find_first=find_first,
    )
    made = yield from _made(
        repository, "query/all_datasets", body, DatasetRefRows, shapes.dataset_ref
    )
    return cut(made, selection, "datasets")


def selection_of(
    where: str,
    bind: Mapping[str, Any] | None,
    data_id: Mapping[str, Any] | None,
    more: Mapping[str, Any],
    order_by: Iterable[str] | str | None,
    limit: int | None,
) -> Selection:
    """Return what arguments of a query select."""
    return Selection(
        where=where,
        bind=bind or {},
        data_id=data_id_of(data_id, more),
        order_by=() if order_by is None else order_by,
        limit=None if limit is None else index(limit),
    )


def cut(found: list[_T], selection: Selection, what: str) -> list[_T]:
    """Return no more than a limit, and warn if there are more and it is negative."""
    limit = selection.limit
    if limit is None or limit >= 0 or len(found) <= -limit:
        return found
    warn(
        f"there are more {what} than the {-limit} that are returned: ask for fewer, or "
        "pass limit=None for all",
        stacklevel=2,
    )
    return found[:-limit]


def searched(
    repository: Repository, given: Any, *, find_first: bool
) -> Call[Sequence[str]]:
    """Return the names of the collections of a search; globs only if all count.

    Raises
    ------
    InvalidQueryError
        If the order counts, and a glob gives none.
    """
    names = repository.collections(given)
    if not any(is_glob(name) for name in names):
        return names
    if find_first:
        raise InvalidQueryError(
            f"with find_first=True collections are names in their order, not globs: "
            f"{names}; pass find_first=False, or names"
        )
    found = yield from query_info(repository, names)
    return [each.name for each in found]


def scope_of(repository: Repository, shapes: Shapes) -> Call[Scope]:
    """Return what all queries of a repository share."""
    values = yield from repository.default_data_id()
    return Scope(shapes.universe, values, repository.defaults.records)


def _made(
    repository: Repository,
    path: str,
    body: Any,
    kind: type,
    make: Callable[[Any], _T],
) -> Call[list[_T]]:
    """Return what is made of the rows of an answer, which may be a million."""
    reply = yield from repository.session.ask(
        "POST", path, body, sink=rows_of(kind), seconds=QUERY_SECONDS
    )
    return (yield from objects_of(reply.body, make))


def objects_of(rows: list[Any], make: Callable[[Any], _T]) -> Call[list[_T]]:
    """Return what is made of rows; an event loop goes on meanwhile."""
    made: list[_T] = yield Work(lambda: [make(row) for row in rows])
    return made


def _explained(
    repository: Repository,
    body: dict[str, Any],
    found: list[_T],
    selection: Selection,
    explain: bool,
) -> Call[list[_T]]:
    """Return what was found, or say why nothing was.

    Raises
    ------
    EmptyQueryResultError
        If nothing was, and that was to be explained.
    """
    if found or not explain or selection.limit == 0:
        return found
    answer = yield from repository.session.post(
        "query/explain", explanation(body), ExplainResponse
    )
    raise EmptyQueryResultError(answer.messages)
