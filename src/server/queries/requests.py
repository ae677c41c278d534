"""What the web process looks at in a query before a worker does: its shape.

Bodies are decoded here no further than their outermost objects, so that a large one
costs little; syntax and depth are checked to the end. The worker's own models do the
rest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from ...protocol.globs import NameExpression
from ...protocol.query_work import QueryKind
from ..requests import JsonBody

_Object: TypeAlias = dict[str, msgspec.Raw]


class _Inputs(msgspec.Struct):
    tree: _Object
    default_data_id: _Object
    additional_query_inputs: list[_Object]


class _Execute(msgspec.Struct):
    query: _Inputs
    result_spec: _Object


class _Count(_Execute):
    exact: bool
    discard: bool


class _Any(msgspec.Struct):
    query: _Inputs
    execute: bool
    exact: bool


class _Explain(msgspec.Struct):
    query: _Inputs
    execute: bool


class _AllDatasets(msgspec.Struct):
    collections: list[str]
    name: list[str]
    find_first: bool
    data_id: _Object
    where: str
    bind: _Object
    limit: int | None
    with_dimension_records: bool
    default_data_id: _Object = {}


_BODIES: Mapping[str, JsonBody[Any]] = {
    "execute": JsonBody(_Execute),
    "count": JsonBody(_Count),
    "any": JsonBody(_Any),
    "explain": JsonBody(_Explain),
    "all_datasets": JsonBody(_AllDatasets),
}


async def read_body(kind: QueryKind, request: Any) -> bytes:
    """Return the body of a request, which has the right shape.

    Raises
    ------
    BadRequestError
        If it has not.
    """
    _check(await _BODIES[kind].read(request))
    body: bytes = await request.body()
    return body


def check_body(kind: QueryKind, body: msgspec.Raw, name: str) -> bytes:
    """Return a body that came within another; it has the right shape.

    Parameters
    ----------
    name
        What it is called there.

    Raises
    ------
    BadRequestError
        If it has not.
    """
    _check(_BODIES[kind].decode(body, name))
    return bytes(body)


def _check(asked: Any) -> None:
    if isinstance(asked, _AllDatasets):
        _check_globs(asked.collections)
        _check_globs(asked.name)


def _check_globs(terms: Sequence[str]) -> None:
    """See that there are not too many; each takes linear time."""
    NameExpression.parse(terms)
