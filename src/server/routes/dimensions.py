"""The dimension universe, and data IDs expanded to records."""

from litestar import get, post
from litestar.di import NamedDependency

from ...cache import Trail
from ...cache.enough import for_universe
from ...protocol.dimensions import (
    ExpandDataIdRequest,
    ExpandDataIdResponse,
    UniverseResponse,
)
from ..described import operation_with
from ..requests import AnyRequest, JsonBody
from ..served import Served

_EXPAND = JsonBody(ExpandDataIdRequest)


@get("/universe", summary="The repository's dimension universe")
async def get_universe(
    served: NamedDependency[Served], trail: NamedDependency[Trail]
) -> UniverseResponse:
    """Return the universe, encoded once per snapshot."""
    snapshot = await served.lookups.snapshot(trail, is_enough=for_universe)
    return snapshot.universe_response


@post(
    "/expand_data_id",
    status_code=200,
    summary="A data ID with all its records",
    operation_class=operation_with(ExpandDataIdRequest),
)
async def expand_data_id(
    served: NamedDependency[Served], trail: NamedDependency[Trail], request: AnyRequest
) -> ExpandDataIdResponse:
    """Expand a data ID that has primary dimension keys only."""
    body = await _EXPAND.read(request)
    expanded = await served.lookups.expand_data_id(body.data_id, trail=trail)
    return ExpandDataIdResponse(expanded.wire())


HANDLERS = (get_universe, expand_data_id)
