"""The routes of the admin API.

Names are checked here before any server is told; what each server then says comes
from all of them.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

import msgspec
from litestar import Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Stream

from ...cache import Repository
from ...cache.bus import Acknowledged
from ...cache.operations import (
    INVALIDATE,
    STATUS,
    WARM,
    Operations,
    Silent,
    explain,
    require_names,
)
from ...protocol.admin import (
    CommandResponse,
    ExplainRequest,
    Explanation,
    InvalidateRequest,
    ServerAnswer,
    ServerStatus,
    StatusResponse,
    WarmLine,
    WarmRequest,
)
from ...protocol.errors import BadRequestError, NotFoundError, UnavailableError
from ...protocol.scalars import encode_json
from ..requests import AnyRequest, JsonBody
from ..serving import Serving
from .guard import require_operator

_INVALIDATE = JsonBody(InvalidateRequest)
_WARM = JsonBody(WarmRequest)
_EXPLAIN = JsonBody(ExplainRequest)
_JSON_LINES = "application/x-ndjson"

Events = AsyncGenerator[Acknowledged | Silent, None]


def provide_operations(state: State) -> Operations:
    """Return what gives commands to all servers.

    Raises
    ------
    UnavailableError
        If the repositories are not open yet.
    """
    serving: Serving = state.serving
    if serving.operations is None:
        raise UnavailableError("The repositories are not open yet.")
    return serving.operations


def provide_repository(
    label: FromPath[str], operations: NamedDependency[Operations]
) -> Repository:
    """Return the repository with a label.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = operations.repositories.get(label)
    if found is None:
        known = ", ".join(sorted(operations.repositories))
        raise NotFoundError(f"Unknown repository {label!r}; there are: {known}.")
    return found


@get("/status", summary="What every server serves, and how it goes")
async def get_status(operations: NamedDependency[Operations]) -> StatusResponse:
    """Return the status of all servers."""
    servers, silent = [], []
    async with aclosing(operations.command(STATUS)) as events:
        async for event in events:
            status = _read_status(event)
            if status is not None:
                servers.append(status)
            elif isinstance(event, Silent) or event.done:
                silent.append(event.server)
    return StatusResponse(sorted(servers, key=lambda s: s.server), silent)


def _read_status(event: Acknowledged | Silent) -> ServerStatus | None:
    if isinstance(event, Silent) or not event.done:
        return None
    try:
        return msgspec.json.decode(event.report, type=ServerStatus)
    except msgspec.MsgspecError:
        return None  # a server of another version


@post("/invalidate", status_code=200, summary="Forget what is kept")
async def invalidate(
    operations: NamedDependency[Operations],
    repository: NamedDependency[Repository],
    request: AnyRequest,
) -> CommandResponse:
    """Return how much each server has forgotten."""
    body = await _INVALIDATE.read(request)
    arguments = {
        "collections": body.collections,
        "dataset_types": body.dataset_types,
        "dimensions": body.dimensions,
        "marks": ["permanent"] if body.mark_permanent else [],
    }
    async with aclosing(
        await _command(operations, repository, INVALIDATE, arguments)
    ) as events:
        found = [event async for event in events]
    return CommandResponse(
        [_answer(e) for e in found if isinstance(e, Acknowledged) and e.done],
        [e.server for e in found if isinstance(e, Silent)],
    )


@post("/warm", status_code=200, summary="Read collections beforehand")
async def warm(
    operations: NamedDependency[Operations],
    repository: NamedDependency[Repository],
    request: AnyRequest,
) -> Stream:
    """Return, line by line, how far each server has come."""
    body = await _WARM.read(request)
    if not body.collections:
        raise BadRequestError("collections: name at least one to be read.")
    arguments = {"collections": body.collections, "dataset_types": body.dataset_types}
    events = await _command(operations, repository, WARM, arguments)
    return Stream(_lines(events), media_type=_JSON_LINES, status_code=200)


async def _lines(events: Events) -> AsyncIterator[bytes]:
    async with aclosing(events):
        async for event in events:
            line = (
                WarmLine(silent=event.server)
                if isinstance(event, Silent)
                else WarmLine(_answer(event))
            )
            yield encode_json(line) + b"\n"


@post("/explain", status_code=200, summary="Why a lookup is answered as it is")
async def explain_lookup(
    repository: NamedDependency[Repository], request: AnyRequest
) -> Explanation:
    """Return what this process does with one lookup."""
    return await explain(repository, await _EXPLAIN.read(request))


async def _command(
    operations: Operations,
    repository: Repository,
    action: str,
    arguments: Mapping[str, list[str]],
) -> Events:
    """Give a command, if all names in it are known.

    Raises
    ------
    NotFoundError
        If one is not.
    """
    await require_names(repository, arguments)
    return operations.command(action, repository.registry.identity, arguments)


def _answer(word: Acknowledged) -> ServerAnswer:
    return ServerAnswer(
        word.server, word.ok, word.detail, word.counts, word.milliseconds, word.done
    )


admin_router = Router(
    path="/v1",
    guards=[require_operator],
    route_handlers=[
        get_status,
        Router(
            path="/repositories/{label:str}",
            route_handlers=[invalidate, warm, explain_lookup],
            dependencies={
                "repository": Provide(provide_repository, sync_to_thread=False)
            },
        ),
    ],
    dependencies={"operations": Provide(provide_operations, sync_to_thread=False)},
)
