"""Every error a client can see: its class, its code and its status.

A `ButlerUserError` reaches the stock client as the exception class named by its
``error_type``; a `PlainError` reaches it as ``ButlerServerError`` with the HTTP
status. The server turns both into the wire form in one place.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import msgspec

_NOTHING: Mapping[str, str] = MappingProxyType({})


class ErrorResponse(msgspec.Struct):
    """Body of a Butler error (status 422)."""

    error_type: str
    detail: str


class ProblemResponse(msgspec.Struct):
    """Body of any other error."""

    detail: str


class ButleryError(Exception):
    """Base of all errors that have a wire form."""

    status: ClassVar[int] = 500

    @property
    def detail(self) -> str:
        """Text for the person at the other end: what is wrong, and what to do."""
        return str(self)

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers that belong to this error."""
        return {}


class ButlerUserError(ButleryError):
    """An error that the stock client knows by its ``error_type``."""

    status = 422
    error_type: ClassVar[str] = "unknown"


class CalibrationLookupError(ButlerUserError):
    """More than one validity range matches in the first collection that matches."""

    error_type = "calibration_lookup"

    @classmethod
    def ambiguous(cls) -> "CalibrationLookupError":
        """Return the error as the stock server words it."""
        return cls(
            "Ambiguous calibration validity range match. This usually means a "
            "temporal join or 'where' needs to be added, but it could also mean "
            "that multiple validity ranges overlap a single output data ID."
        )


class DataIdValueError(ButlerUserError):
    """A data ID value has no dimension record."""

    error_type = "data_id_value"


class DatasetNotFoundError(ButlerUserError):
    """No dataset with that UUID, or none found by data ID."""

    error_type = "dataset_not_found"


class DatasetTypeExpressionError(ButlerUserError):
    """A dataset type name that cannot be one."""

    error_type = "dataset_type_expression"


class DimensionValueError(ButlerUserError):
    """A data ID cannot be rewritten to primary keys."""

    error_type = "dimension_value"


class InconsistentDataIdError(ButlerUserError):
    """Data ID values that do not belong together."""

    error_type = "inconsistent_data_id"


class InvalidQueryError(ButlerUserError):
    """A search that cannot be carried out as it was asked."""

    error_type = "invalid_query"


class MissingCollectionError(ButlerUserError):
    """An explicit collection name that does not exist."""

    error_type = "missing_collection"


class _QuotedError(ButlerUserError):
    """An error whose text the stock server sends with quotes around it.

    There it is a Python ``KeyError``, whose ``str()`` is the ``repr`` of its text.
    """

    @property
    def detail(self) -> str:
        return repr(str(self))


class DimensionNameError(_QuotedError):
    """A required dimension is missing, or a name is not a dimension's."""

    error_type = "dimension_name"


class MissingDatasetTypeError(_QuotedError):
    """A dataset type that is not registered."""

    error_type = "missing_dataset_type"


class UnknownComponentError(_QuotedError):
    """A component name where only the client can build components."""

    error_type = "unknown_component"


class RelayedError(ButlerUserError):
    """An error that another process has found.

    Parameters
    ----------
    response
        As that process has told it.
    """

    def __init__(self, response: ErrorResponse) -> None:
        super().__init__(response.detail)
        self.error_type = response.error_type  # type: ignore[misc]


class PlainError(ButleryError):
    """An error that only its HTTP status describes."""


class RepeatedError(PlainError):
    """An error that another request was told.

    Parameters
    ----------
    status
        It had.
    retry_after_seconds
        When to try again, if that was said.
    """

    def __init__(
        self, detail: str, status: int, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status  # type: ignore[misc]
        self._retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """When to try again (RFC 9110, 10.2.3)."""
        seconds = self._retry_after_seconds
        return {} if seconds is None else {"retry-after": str(seconds)}


class UnauthorizedError(PlainError):
    """Nobody, or nobody known, asks for what is not for everybody."""

    status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        """How to say who one is (RFC 9110, 11.6.1)."""
        return {"WWW-Authenticate": 'Bearer realm="butlery"'}


class ForbiddenError(PlainError):
    """What was asked for may not be handed out."""

    status = 403


class NotFoundError(PlainError):
    """No such route, repository or file."""

    status = 404


class ForeignRevisionError(PlainError):
    """A revision token that says nothing about this repository's database."""

    status = 412


class BadRequestError(PlainError):
    """A request body, header or parameter that cannot be understood."""

    status = 422


class TooManyRequestsError(PlainError):
    """Somebody asks more than they may; the client may try again.

    Parameters
    ----------
    message
        What is too much.
    retry_after_seconds
        Sent as ``Retry-After``; the stock client retries on integers only.
    more
        Further headers.
    """

    status = 429

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: int = 1,
        more: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self._more = more

    @property
    def headers(self) -> Mapping[str, str]:
        """``Retry-After`` in whole seconds, and what is left of the limits."""
        return {"retry-after": str(self.retry_after_seconds), **self._more}


class NotSupportedError(PlainError):
    """A part of the protocol that this server does not offer."""

    status = 501


class StoreRefusedError(PlainError):
    """A store does not hand out to this server what its records name."""

    status = 502


class UnavailableError(PlainError):
    """The database cannot answer now; the client may try again.

    Parameters
    ----------
    message
        What is away, and what an operator can do about it.
    retry_after_seconds
        Sent as ``Retry-After``; the stock client retries on integers only.
    """

    status = 503

    def __init__(self, message: str, *, retry_after_seconds: int = 2) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """``Retry-After`` in whole seconds."""
        return {"retry-after": str(self.retry_after_seconds)}
