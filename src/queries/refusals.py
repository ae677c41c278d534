"""The one place that says what an exception of a worker becomes.

A user's mistake is told to the user, whatever class daf_butler or the database gave it:
most exceptions that come before the first row are mistakes of the request. What comes
later, or because definitions are out of date, is a failure: another worker may do
better.
"""

import msgspec
from lsst.daf.butler import ButlerUserError, InvalidQueryError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..protocol.errors import ErrorResponse
from ..protocol.query_work import FrameKind

_CANCELED = "57014"
# Classes of SQLSTATE: what was asked is impossible, and what is not there now.
_IMPOSSIBLE = ("0A", "22", "42", "54")
_AWAY = ("08", "53", "57", "58", "25")
_OUT_OF_DATE = ("42P01", "42703")
_SQLITE_AWAY = frozenset(
    {"BUSY", "LOCKED", "CANTOPEN", "IOERR", "PROTOCOL", "NOTADB", "READONLY", "FULL"}
)
_MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
_MOST_CHARACTERS = 2000

Refusal = tuple[FrameKind, bytes]


def refusal(error: Exception, *, is_begun: bool) -> Refusal:
    """Return the frame that ends an answer.

    Parameters
    ----------
    is_begun
        Whether rows were sent already.
    """
    if isinstance(error, ButlerUserError):
        return _user_error(error)
    if isinstance(error, ValidationError):
        return FrameKind.MALFORMED, _shortened(_explain(error)).encode()
    if isinstance(error, DBAPIError):
        return _of_database(error)
    if isinstance(error, SQLAlchemyError) and not is_begun:
        return _invalid("The query cannot be put into SQL", error)
    if isinstance(error, _MISTAKES) and not is_begun:
        return _invalid("The query cannot be carried out", error)
    return FrameKind.FAILED, _described(error).encode()


def _user_error(error: ButlerUserError) -> Refusal:
    response = ErrorResponse(error.error_type, str(error))
    return FrameKind.USER_ERROR, msgspec.json.encode(response)


def _invalid(what: str, error: BaseException) -> Refusal:
    return _user_error(InvalidQueryError(f"{what}: {_described(error)}"))


def _of_database(error: DBAPIError) -> Refusal:
    cause = error.orig if error.orig is not None else error
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        return _of_sqlite(cause, name)
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state is not None:
        return _of_postgresql(cause, state)
    # No answer of a database: the connection is gone, or the driver refuses.
    if error.connection_invalidated or type(cause).__name__ == "OperationalError":
        return FrameKind.UNAVAILABLE, _described(cause).encode()
    return _invalid("The database cannot be asked this", cause)


def _of_postgresql(cause: BaseException, state: str) -> Refusal:
    if state == _CANCELED:
        return _user_error(
            InvalidQueryError(
                "The database has given this query up because it takes too long: ask "
                "for less of it at a time, with a 'where' that names fewer collections,"
                " nights or tracts."
            )
        )
    if state.startswith(_IMPOSSIBLE) and state not in _OUT_OF_DATE:
        return _invalid("The database refuses this query", cause)
    kind = FrameKind.UNAVAILABLE if state.startswith(_AWAY) else FrameKind.FAILED
    return kind, _described(cause).encode()


def _of_sqlite(cause: BaseException, name: str) -> Refusal:
    if name.split("_")[1] in _SQLITE_AWAY:
        return FrameKind.UNAVAILABLE, _described(cause).encode()
    if "no such" in str(cause):
        return FrameKind.FAILED, _described(cause).encode()
    return _invalid("The database refuses this query", cause)


def _explain(error: ValidationError) -> str:
    """Name the field first, as the other routes do; only the first of many errors."""
    first = error.errors(include_url=False, include_input=False, include_context=False)
    place = ".".join(str(part) for part in first[0]["loc"]) or "body"
    return f"{place}: {first[0]['msg']}"


def _described(error: BaseException) -> str:
    return _shortened(f"{type(error).__name__}: {error}".strip())


def _shortened(text: str) -> str:
    is_long = len(text) > _MOST_CHARACTERS
    return text[:_MOST_CHARACTERS] + " …" if is_long else text
