"""The one place that turns any error into its wire form."""

from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from ..protocol.errors import (
    ButlerUserError,
    ButleryError,
    ErrorResponse,
    ProblemResponse,
)
from .requests import AnyRequest

_logger = structlog.get_logger("butlery.server")
_DETAILS = {404: "Not Found", 405: "Method Not Allowed"}


def answer_butlery_error(_: AnyRequest, error: ButleryError) -> Response[Any]:
    """Answer an error that has a wire form of its own."""
    content: object = ProblemResponse(error.detail)
    if isinstance(error, ButlerUserError):
        content = ErrorResponse(error.error_type, error.detail)
    return Response(content, status_code=error.status, headers=dict(error.headers))


def answer_http_error(_: AnyRequest, error: HTTPException) -> Response[Any]:
    """Answer what the framework refused: unknown route, wrong method, size."""
    detail = _DETAILS.get(error.status_code, error.detail)
    return Response(
        ProblemResponse(detail),
        status_code=error.status_code,
        headers=dict(error.headers or {}),
    )


def answer_not_found(_: AnyRequest, error: Exception) -> Response[Any]:
    """Answer that there is no such thing, whatever the reason."""
    del error
    return Response(ProblemResponse(_DETAILS[404]), status_code=404)


def answer_unexpected_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """Answer a defect: say nothing about it to the client, everything to the log."""
    _logger.error(
        "internal-error",
        method=request.method,
        path=request.scope["path"],
        request_id=request.headers.get("x-butler-client-request-id"),
        exc_info=error,
    )
    return Response(ProblemResponse("Internal Server Error"), status_code=500)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ButleryError: answer_butlery_error,
    HTTPException: answer_http_error,
    Exception: answer_unexpected_error,
}
