"""Makes the ASGI application: repositories opened at start, closed at the end."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import InternalServerException
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router

from .. import __version__
from .config import ServerConfig
from .errors import EXCEPTION_HANDLERS, answer_not_found
from .routes import files_router, repository_router, service
from .served import Served


def create_app(config: ServerConfig) -> Litestar:
    """Return the application for a configuration; nothing is opened yet.

    Raises
    ------
    RepositoryError
        If a repository's own configuration cannot be served.
    """
    repositories = {
        label: Served.from_settings(label, settings, config)
        for label, settings in config.repositories.items()
    }

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for served in repositories.values():
                await served.repository.open()
                stack.push_async_callback(served.repository.close)
            yield

    return Litestar(
        route_handlers=[
            *service.HANDLERS,
            repository_router,
            files_router,
            *_static_routes(config.configs_directory),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        openapi_config=OpenAPIConfig(title="Butlery", version=__version__),
        state=State(
            {
                "repositories": repositories,
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
            # Names that no file can have: with NUL, or too long.
            exception_handlers={
                ValueError: answer_not_found,
                OSError: answer_not_found,
                InternalServerException: answer_not_found,
            },
        ),
    )
