"""Makes the ASGI application: repositories opened at start, closed at the end."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import InternalServerException
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router

from .. import __version__
from ..protocol.limits import MAX_BODY_BYTES
from .caching import CACHING, Caching
from .config import ServerConfig
from .errors import EXCEPTION_HANDLERS, answer_not_found
from .routes import (
    files_router,
    health,
    metrics,
    own_files_router,
    own_router,
    repository_router,
    service_router,
)
from .serving import Serving


def create_app(config: ServerConfig, serving: Serving) -> Litestar:
    """Return the application that clients talk to; nothing is opened yet."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with serving.open():
            yield

    return Litestar(
        route_handlers=[
            service_router,
            *health.HANDLERS,
            *metrics.HANDLERS,
            repository_router,
            own_router,
            files_router,
            own_files_router,
            *_static_routes(config.configs_directory),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        logging_config=None,
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=OpenAPIConfig(
            title="Butlery",
            version=__version__,
            openapi_router=Router(
                "/schema",
                route_handlers=[],
                include_in_schema=False,
                opt={CACHING: Caching.ANYBODY},
            ),
        ),
        state=State(
            {
                "serving": serving,
                "authentication": config.authentication,
                "public_url": config.public_url,
            }
        ),
        debug=False,
    )


def _static_routes(directory: str | None) -> Sequence[Any]:
    if directory is None:
        return ()
    return (
        create_static_files_router(
            "/api/butler/configs",
            [directory],
            opt={CACHING: Caching.ANYBODY},
            # Names that no file can have: with NUL, or too long.
            exception_handlers={
                ValueError: answer_not_found,
                OSError: answer_not_found,
                InternalServerException: answer_not_found,
            },
        ),
    )
