"""Answers that need no query worker, in the form in which one would give them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from ...cache import Lookups, Trail
from ...cache.query import slowly
from ...protocol.errors import BadRequestError
from ...protocol.lines import as_line
from ...protocol.queries import (
    AnyRequest,
    CountRequest,
    DataCoordinates,
    DatasetRefs,
    DimensionRecords,
    ExecuteRequest,
    ExplainRequest,
    GeneralRows,
    QueryRequest,
    RowsSpec,
)
from ...protocol.query_work import QueryKind
from ...protocol.scalars import encode_json
from ..config import QuerySettings
from ..requests import AnyRequest as Request
from .requests import read_body

_DECODERS: Mapping[str, "msgspec.json.Decoder[Any]"] = {
    "execute": msgspec.json.Decoder(ExecuteRequest),
    "count": msgspec.json.Decoder(CountRequest),
    "any": msgspec.json.Decoder(AnyRequest),
    "explain": msgspec.json.Decoder(ExplainRequest),
}
_VALUES: Mapping[type, str] = {
    CountRequest: "count",
    AnyRequest: "found_rows",
    ExplainRequest: "messages",
}
_PAGES: Mapping[type[RowsSpec], str] = {
    DataCoordinates: "data_coordinate",
    DimensionRecords: "dimension_record",
    DatasetRefs: "dataset_ref",
    GeneralRows: "general",
}
_PAGE_ROWS = 2000
_MOST_BYTES = 100_000
"""Of a body that is looked at here; what the cache knows is asked in less."""


async def answer_without_worker(
    kind: QueryKind,
    lookups: Lookups,
    trail: Trail,
    settings: QuerySettings,
    request: Request,
) -> ASGIResponse | None:
    """Return the answer to a query that the cache knows; `None`: ask a worker.

    What is wrong with a request, a worker says.

    Raises
    ------
    UnavailableError
        If the database does not say in time whether anything changed.
    """
    asked = await _read(kind, request)
    if asked is None:
        return None
    answered = await lookups.answer_query(asked, trail=trail)
    if answered is None:
        return None
    if not isinstance(asked, ExecuteRequest):
        value = {_VALUES[type(asked)]: answered.value}
        return ASGIResponse(body=encode_json(value), media_type="application/json")
    if len(answered.value) > settings.max_rows:
        return None
    lines = await _lines(asked.result_spec, answered.value)
    if sum(map(len, lines)) > settings.max_bytes:
        return None
    return ASGIResponse(
        body=b"".join(lines),
        media_type="application/jsonlines",
        headers={"x-accel-buffering": "no"},
    )


async def _read(kind: QueryKind, request: Request) -> QueryRequest | None:
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return None
    try:
        if len(await request.body()) > _MOST_BYTES:
            return None
        decoded: QueryRequest = decoder.decode(await read_body(kind, request))
    except (BadRequestError, msgspec.ValidationError, RecursionError):
        return None
    return decoded


async def _lines(spec: RowsSpec, rows: Sequence[Any]) -> list[bytes]:
    name = _PAGES[type(spec)]
    more = {"dimension_records": None} if name == "general" else {}
    return [
        as_line(encode_json({"type": name, "rows": page, **more}))
        async for page in slowly(rows, _PAGE_ROWS)
    ]
