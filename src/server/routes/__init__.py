"""The routes of protocol ``v1`` and those of our own, one module per family.

Each route function reads: decode, look up, (sign,) return the message; the
framework encodes it. `repository_router` is everything below a repository's label,
`own_router` what the stock protocol does not have.
"""

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from ..caching import CACHING, Caching
from . import (
    batch,
    collections,
    datasets,
    dimensions,
    file_bytes,
    files,
    job_files,
    jobs,
    queries,
    service,
)
from .dependencies import provide_served, provide_trail, provide_whole
from .permission import names_of, require_permission

PREFIX = "/api/butler/repo/{repository:str}"
OWN_PREFIX = "/api/butlery/repo/{repository:str}"

_OF_A_LOOKUP = {
    "served": Provide(provide_served, sync_to_thread=False),
    "trail": Provide(provide_trail),
}


def _kept_by(caching: Caching, *handlers: HTTPRouteHandler) -> Router:
    return Router("/", route_handlers=handlers, opt={CACHING: caching})


service_router = _kept_by(Caching.ANYBODY, *service.HANDLERS)

repository_router = Router(
    path=f"{PREFIX}/v1",
    route_handlers=[
        _kept_by(
            Caching.CLIENT,
            *dimensions.HANDLERS,
            *datasets.HANDLERS,
            *collections.HANDLERS,
        ),
        _kept_by(Caching.NOBODY, *files.HANDLERS, *queries.HANDLERS),
    ],
    dependencies=_OF_A_LOOKUP,
    guards=[require_permission],
)

own_router = Router(
    path=f"{OWN_PREFIX}/v1",
    route_handlers=[
        _kept_by(Caching.CLIENT, *batch.FIND_HANDLERS),
        _kept_by(Caching.NOBODY, *batch.GET_HANDLERS, *jobs.HANDLERS),
    ],
    dependencies=_OF_A_LOOKUP,
    guards=[require_permission],
)

ROUTE_NAMES = names_of(repository_router, own_router)
"""Of all routes that a service can be allowed, or not."""

files_router = Router(
    path=f"{PREFIX}/files",
    route_handlers=[_kept_by(Caching.FILE, *file_bytes.HANDLERS)],
    dependencies={"whole": Provide(provide_whole, sync_to_thread=False)},
)

own_files_router = Router(
    path=f"{OWN_PREFIX}/files",
    route_handlers=[_kept_by(Caching.FILE, *job_files.HANDLERS)],
    dependencies={"whole": Provide(provide_whole, sync_to_thread=False)},
)

__all__ = [
    "OWN_PREFIX",
    "PREFIX",
    "ROUTE_NAMES",
    "files_router",
    "own_files_router",
    "own_router",
    "repository_router",
    "service_router",
]
