"""What an answer is: a value of the protocol, or the error that it tells of."""

from typing import TypeVar

import msgspec

from ...protocol.errors import ErrorResponse
from ..errors import ButlerServerError, ButlerUserError, user_error
from .messages import LostError, Reply, Request
from .urls import place_of

_T = TypeVar("_T")
UNFIT = "its URL, or the token, has characters that it cannot have"
"""Of what cannot even be sent."""

_MOST_CHARACTERS = 500  # of a text that is shown

_REMEDIES = {
    401: "say who you are: set BUTLER_RUBIN_ACCESS_TOKEN to your token, or pass "
    "access_token",
    403: "you may not do this here; ask who runs the server",
    404: "check the URL of the repository: its label may be mistyped",
    413: "ask for less at a time",
    429: "you ask for more than you may; try again later",
    501: "this server does not offer it",
    503: "the server cannot answer now; try again later",
}


class _Problem(msgspec.Struct):
    detail: str = ""


def decoded(reply: Reply, kind: type[_T]) -> _T:
    """Return the body of an answer.

    Raises
    ------
    UnusableAnswerError
        If it is something else.
    """
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnusableAnswerError(f"the answer makes no sense: {error}") from error


class UnusableAnswerError(ButlerServerError):
    """An answer that is not of the protocol; to ask again would not help."""

    def __init__(self, message: str, client_request_id: str = "unknown") -> None:
        super().__init__(message, client_request_id=client_request_id, status_code=200)


def unanswered(request: Request, lost: LostError) -> ButlerServerError:
    """Return the error of a request that nobody has answered."""
    return ButlerServerError(
        f"{request.method} {place_of(request.url)} was not answered: {lost}",
        client_request_id=request.request_id,
    )


def failure(reply: Reply, request: Request) -> Exception:
    """Return the error that an answer tells of."""
    body: bytes = reply.body
    if reply.status == 422:  # noqa: PLR2004 - as daf_butler's errors of users have
        told = _told(body)
        if told is not None:
            told.add_note(f"Client request ID: {request.request_id}")
            return told
    said = [_detail(body), _REMEDIES.get(reply.status, "")]
    if 300 <= reply.status < 400:  # noqa: PLR2004 - Redirection
        said = ["it sends us elsewhere, which a Butler server never does"]
    text = "; ".join(each for each in said if each)
    return ButlerServerError(
        f"{request.method} {place_of(request.url)} was answered with status "
        f"{reply.status}" + (f": {text}" if text else ""),
        client_request_id=request.request_id,
        status_code=reply.status,
    )


def _told(body: bytes) -> ButlerUserError | None:
    try:
        error = msgspec.json.decode(body, type=ErrorResponse)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return user_error(error.error_type, error.detail)


def _detail(body: bytes) -> str:
    try:
        text = msgspec.json.decode(body, type=_Problem).detail
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body[:_MOST_CHARACTERS].decode("utf-8", "replace")
    return "".join(c for c in text[:_MOST_CHARACTERS] if c.isprintable())
