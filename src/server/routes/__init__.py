"""The routes of protocol ``v1``, one module per family.

Each route function reads: decode, look up, (sign,) return the message; the
framework encodes it. `repository_router` is everything below a repository's label.
"""

from litestar import Router
from litestar.di import Provide

from . import collections, datasets, dimensions, files, local_files, queries
from .dependencies import provide_served, provide_trail

PREFIX = "/api/butler/repo/{repository:str}"

repository_router = Router(
    path=f"{PREFIX}/v1",
    route_handlers=[
        *dimensions.HANDLERS,
        *datasets.HANDLERS,
        *collections.HANDLERS,
        *files.HANDLERS,
        *queries.HANDLERS,
    ],
    dependencies={
        "served": Provide(provide_served, sync_to_thread=False),
        "trail": Provide(provide_trail),
    },
)

files_router = Router(
    path=f"{PREFIX}/files",
    route_handlers=[*local_files.HANDLERS],
    dependencies={"served": Provide(provide_served, sync_to_thread=False)},
)

__all__ = ["PREFIX", "files_router", "repository_router"]
