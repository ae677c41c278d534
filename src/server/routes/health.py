"""Whether this process lives, and whether it can answer: for those who watch it."""

from litestar import Response, get
from litestar.datastructures import State
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE

from ...protocol.service import Health


@get("/health/live", summary="Whether the process answers at all")
async def get_liveness() -> Health:
    """Return 200, whatever may be wrong elsewhere: a restart would not mend it."""
    return Health("alive")


@get("/health/ready", summary="Whether every repository is open and warm")
async def get_readiness(state: State) -> Response[Health]:
    """Return 200 once all repositories are open and warm, before 503 with the reason.

    A database that is away later does not count: what is permanent is still answered,
    and no other process could do better.
    """
    reason = state.serving.unready
    if reason is None:
        return Response(Health("ready"), status_code=HTTP_200_OK)
    return Response(
        Health("not ready", reason),
        headers={"retry-after": "1"},
        status_code=HTTP_503_SERVICE_UNAVAILABLE,
    )


HANDLERS = (get_liveness, get_readiness)
