"""One warning line for each request that the end of the server cuts short."""

import asyncio
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

_logger = structlog.get_logger("butlery.server")


class CutRequests:
    """The application; says which requests were cancelled.

    Only uvicorn cancels requests, when they have not ended some time after it was
    told to stop.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if scope["type"] == ScopeType.HTTP:
                log_cut(scope)
            raise


def log_cut(scope: Any) -> None:
    """Say that a request was cancelled."""
    _logger.warning(
        "request-cut-by-shutdown", method=scope["method"], path=scope["path"]
    )
