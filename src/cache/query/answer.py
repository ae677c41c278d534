"""The answer to a decoded query, or that it is not known here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...protocol.errors import ButlerUserError
from ...protocol.queries import (
    AnyRequest,
    CountRequest,
    DatasetRefs,
    ExecuteRequest,
    ExplainRequest,
    QueryRequest,
)
from ..lookup.view import View
from .datasets import count_datasets, find_datasets, has_datasets
from .results import wire_rows
from .small import SmallQuery
from .unknown import NotKnownError, require


@dataclass(frozen=True, slots=True)
class Answered:
    """What a query gives.

    Parameters
    ----------
    value
        Rows as they are sent, a number, a truth or messages: as the request asks.
    """

    value: Any


async def answer_query(view: View, asked: QueryRequest) -> Answered | None:
    """Return the answer, or `None` if it is not known without a worker.

    Parameters
    ----------
    asked
        A query of which `may_be_known` says so.
    """
    try:
        return Answered(await _answer(view, asked))
    except (NotKnownError, ButlerUserError):
        return None  # a worker knows the answer, or how to say what is wrong


async def _answer(view: View, asked: QueryRequest) -> Any:
    match asked:
        case ExecuteRequest():
            return await _execute(view, asked)
        case CountRequest():
            return await _count(view, asked)
        case AnyRequest():
            return await _any(view, asked)
        case ExplainRequest():
            return _small(view, asked).contradictions


async def _execute(view: View, asked: ExecuteRequest) -> Sequence[Any]:
    spec = asked.result_spec
    if isinstance(spec, DatasetRefs):
        return (await find_datasets(view, asked.query, spec))[: spec.limit]
    query = _small(view, asked)
    encode = wire_rows(query.group, view.snapshot.universe, spec)
    order = query.order(spec.order_by)
    rows = await query.rows()
    return await encode(query.sort(rows, order)[: spec.limit])


async def _count(view: View, asked: CountRequest) -> int:
    spec = asked.result_spec
    if isinstance(spec, DatasetRefs):
        count = await count_datasets(view, asked.query, spec)
    else:
        query = _small(view, asked)
        wire_rows(query.group, view.snapshot.universe, spec)
        query.order(spec.order_by)
        count = len(await query.rows())
    return count if spec.limit is None else min(count, spec.limit)


async def _any(view: View, asked: AnyRequest) -> bool:
    if asked.query.tree.datasets:
        require(known=asked.execute)
        return await has_datasets(view, asked.query)
    query = _small(view, asked)
    require(known=asked.execute or not asked.exact)
    return not asked.execute or bool(await query.rows())


def _small(view: View, asked: QueryRequest) -> SmallQuery:
    tree = asked.query.tree
    require(known=not tree.datasets)
    return SmallQuery(view, tree, asked.query.default_data_id.data_id)
