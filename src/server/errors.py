"""The one place that turns any error into its wire form.

A refusal of which the stock client shows little but "Request ID …" is a line in the
log, with that id. An error that it knows by name is not: its whole text reaches users.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap, Send

from ..protocol.errors import (
    ButlerUserError,
    ButleryError,
    ErrorResponse,
    ProblemResponse,
)
from ..protocol.limits import MAX_BODY_BYTES
from ..protocol.scalars import encode_json
from .caching import Caching
from .requests import AnyRequest, Asked
from .trails import RawHeader

_logger = structlog.get_logger("butlery.server")
_DEFECT = 500
_DETAILS = {
    404: "Not Found",
    405: "Method Not Allowed",
    413: f"The body is larger than {MAX_BODY_BYTES} bytes.",
}


def wire_form(
    request: Asked, error: Exception
) -> tuple[int, Mapping[str, str], object]:
    """Return status, headers and message for an error, and log what users do not see.

    What is no error of ours is a defect: say nothing about it to the client, everything
    to the log.
    """
    if isinstance(error, ButlerUserError):
        content = ErrorResponse(error.error_type, error.detail)
        return error.status, error.headers, content
    if isinstance(error, ButleryError):
        _log_refusal(request, error.status, error.detail)
        return error.status, error.headers, ProblemResponse(error.detail)
    _logger.error("internal-error", **_identify(request), exc_info=error)
    return _DEFECT, {}, ProblemResponse("Internal Server Error")


async def send_error(
    request: Asked, error: Exception, send: Send, more: Iterable[RawHeader] = ()
) -> int:
    """Send an error without the framework, and return its status.

    Parameters
    ----------
    more
        Further headers.
    """
    status, headers, content = wire_form(request, error)
    body = encode_json(content)
    lines = [(n.lower().encode(), v.encode()) for n, v in headers.items()]
    lines += [
        (b"cache-control", Caching.NOBODY.value),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return status


def answer_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """Answer an error that has a wire form of its own, or a defect."""
    status, headers, content = wire_form(request, error)
    return Response(content, status_code=status, headers=dict(headers))


def answer_http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """Answer what the framework refused: unknown route, wrong method, size."""
    detail = _DETAILS.get(error.status_code, error.detail)
    _log_refusal(request, error.status_code, detail)
    return Response(
        ProblemResponse(detail),
        status_code=error.status_code,
        headers=dict(error.headers or {}),
    )


def answer_not_found(request: AnyRequest, error: Exception) -> Response[Any]:
    """Answer that there is no such thing, whatever the reason."""
    del error
    _log_refusal(request, 404, _DETAILS[404])
    return Response(ProblemResponse(_DETAILS[404]), status_code=404)


def _log_refusal(request: Asked, status: int, detail: str) -> None:
    _logger.info("refused", **_identify(request), status=status, detail=detail)


def _identify(request: Asked) -> dict[str, Any]:
    """Return what finds a request in the log; the query stays out: it may sign."""
    return {
        "method": request.method,
        "path": request.scope["path"],
        "request_id": request.headers.get("x-butler-client-request-id"),
    }


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ButleryError: answer_error,
    HTTPException: answer_http_error,
    Exception: answer_error,
}
