"""General queries: one route for each thing that the stock client can ask."""

from litestar import post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response.base import ASGIResponse

from ...cache import Trail
from ...protocol.query_work import QueryKind
from ..access import reader_of
from ..queries import (
    QueryAnswer,
    QueryPool,
    answer_without_worker,
    query_work,
    read_body,
)
from ..requests import AnyRequest
from ..served import Served


@post("/query/execute", status_code=200, summary="Rows of a query, as JSON lines")
async def execute(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    state: State,
    request: AnyRequest,
) -> ASGIResponse:
    """Stream the pages of a result, or an error as the last line."""
    return await _begin("execute", served, trail, state, request)


@post(
    "/query/all_datasets",
    status_code=200,
    summary="Datasets of several types, as JSON lines",
)
async def all_datasets(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    state: State,
    request: AnyRequest,
) -> ASGIResponse:
    """Stream the datasets of each type, type by type."""
    return await _begin("all_datasets", served, trail, state, request)


@post("/query/count", status_code=200, summary="How many rows a query has")
async def count(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    state: State,
    request: AnyRequest,
) -> ASGIResponse:
    """Count rows, if need be by reading them."""
    return await _begin("count", served, trail, state, request)


@post("/query/any", status_code=200, summary="Whether a query has any row")
async def any_rows(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    state: State,
    request: AnyRequest,
) -> ASGIResponse:
    """Tell whether there is a row, exactly or from summaries."""
    return await _begin("any", served, trail, state, request)


@post("/query/explain", status_code=200, summary="Why a query has no rows")
async def explain(
    served: NamedDependency[Served],
    trail: NamedDependency[Trail],
    state: State,
    request: AnyRequest,
) -> ASGIResponse:
    """Return the reasons that are known."""
    return await _begin("explain", served, trail, state, request)


async def _begin(
    kind: QueryKind, served: Served, trail: Trail, state: State, request: AnyRequest
) -> ASGIResponse:
    pool: QueryPool = state.serving.queries
    known = await answer_without_worker(
        kind, served.lookups, trail, pool.settings, request
    )
    if known is not None:
        return known
    pool.require_offered(served.repository.label)
    body = await read_body(kind, request)
    work = await query_work(kind, body, served, trail, pool)
    turn = pool.join(reader_of(request.scope).user, len(body))
    return QueryAnswer(pool, turn, work)


HANDLERS = (execute, all_datasets, count, any_rows, explain)
