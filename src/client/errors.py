"""What can go wrong, under the names and bases that `lsst.daf.butler` has for it.

A notebook that catches an exception catches the same here. What the server tells as an
error of the user is a `ButlerUserError`; any other trouble with it a
`ButlerServerError`.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from ..protocol.printable import printable_lines

__all__ = [
    "ButlerConfigurationError",
    "ButlerServerError",
    "ButlerUserError",
    "CalibrationLookupError",
    "CollectionCycleError",
    "CollectionError",
    "CollectionTypeError",
    "DataIdError",
    "DataIdValueError",
    "DatasetNotFoundError",
    "DatasetTypeError",
    "DatasetTypeExpressionError",
    "DimensionNameError",
    "DimensionValueError",
    "DownloadError",
    "EmptyQueryResultError",
    "FileIntegrityError",
    "InconsistentDataIdError",
    "InvalidQueryError",
    "MissingCollectionError",
    "MissingDatasetTypeError",
    "NoDefaultCollectionError",
    "RegistryError",
    "UnimplementedQueryError",
    "UnknownButlerUserError",
    "UnknownComponentError",
    "UnsafePathError",
    "user_error",
]

_MOST_SHOWN = 5  # of many errors


class ButlerUserError(Exception):
    """Base of the errors that a server tells by name."""

    error_type: ClassVar[str] = "unknown"


class RegistryError(Exception):
    """Base of errors about what a repository knows."""


class DataIdError(RegistryError):
    """Base of errors about data IDs."""


class CollectionError(RegistryError):
    """Base of errors about collections."""


class DatasetTypeError(RegistryError):
    """Base of errors about dataset types."""


class _KeyError(KeyError):
    """A `KeyError` whose text is shown as it is, not in quotes."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class CalibrationLookupError(LookupError, ButlerUserError):
    """More than one validity range matches."""

    error_type = "calibration_lookup"


class CollectionCycleError(ValueError, ButlerUserError):
    """A chain that would hold itself."""

    error_type = "collection_cycle"


class CollectionTypeError(CollectionError, ButlerUserError):
    """A collection of another type than is needed."""

    error_type = "collection_type"


class DataIdValueError(DataIdError, ButlerUserError):
    """A data ID value has no dimension record."""

    error_type = "data_id_value"


class DatasetNotFoundError(LookupError, ButlerUserError):
    """There is no such dataset, or no file of it."""

    error_type = "dataset_not_found"


class DatasetTypeExpressionError(DatasetTypeError, ButlerUserError):
    """A dataset type name that cannot be one."""

    error_type = "dataset_type_expression"


class DimensionNameError(_KeyError, DataIdError, ButlerUserError):
    """A required dimension is missing, or a name is not a dimension's."""

    error_type = "dimension_name"


class DimensionValueError(ValueError, ButlerUserError):
    """A data ID cannot be rewritten to primary keys."""

    error_type = "dimension_value"


class InconsistentDataIdError(DataIdError, ButlerUserError):
    """Data ID values that do not belong together."""

    error_type = "inconsistent_data_id"


class InvalidQueryError(ButlerUserError):
    """A query that cannot be carried out as it was asked."""

    error_type = "invalid_query"


class MissingCollectionError(CollectionError, ButlerUserError):
    """A collection name that does not exist."""

    error_type = "missing_collection"


class UnimplementedQueryError(NotImplementedError, ButlerUserError):
    """A query that the server does not know how to carry out."""

    error_type = "unimplemented_query"


class MissingDatasetTypeError(_KeyError, DatasetTypeError, ButlerUserError):
    """A dataset type that is not registered."""

    error_type = "missing_dataset_type"


class UnknownComponentError(_KeyError, ButlerUserError):
    """A component that a storage class does not have."""

    error_type = "unknown_component"


class UnknownButlerUserError(ButlerUserError):
    """An error that this client has no class for."""


class EmptyQueryResultError(Exception):
    """A query found nothing although there was something to find.

    Parameters
    ----------
    reasons
        Why, as far as the server knows.
    """

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("Query returned no results:\n" + "\n".join(self.reasons))


class NoDefaultCollectionError(CollectionError):
    """No collections were given, and the Butler has no defaults."""


class FileIntegrityError(RuntimeError):
    """A file is not what the repository says of it: its size or its checksum."""


class UnsafePathError(ValueError):
    """A server names a file so that it would go elsewhere than it may."""


class DownloadError(RuntimeError):
    """Some of many files could not be had; all others are there.

    Parameters
    ----------
    failed
        Each with its error.
    done
        The others, as `download_many` would have returned them.
    """

    def __init__(self, failed: Sequence[Any], done: Sequence[Any]) -> None:
        self.failed = failed
        self.done = done
        first = "".join(f"\n  {each}" for each in failed[:_MOST_SHOWN])
        more = len(failed) - _MOST_SHOWN
        rest = f"\n  and {more} more: see failed" if more > 0 else ""
        count = len(failed) + len(done)
        super().__init__(f"{len(failed)} of {count} failed:{first}{rest}")


class ButlerConfigurationError(ValueError):
    """There is no repository under a label or URL, or its configuration is no use."""


class ButlerServerError(RuntimeError):
    """The server could not be asked, or its answer is not one.

    Parameters
    ----------
    message
        What happened, and what can be done.
    client_request_id
        Under which the request stands in the server's log.
    status_code
        Of the HTTP answer, if there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        client_request_id: str,
        status_code: int | None = None,
    ) -> None:
        super().__init__(f"{message} (request ID {client_request_id})")
        self.client_request_id = client_request_id
        self.status_code = status_code


_BY_TYPE: Mapping[str, type[ButlerUserError]] = MappingProxyType(
    {
        each.error_type: each
        for each in (
            CalibrationLookupError,
            CollectionCycleError,
            CollectionTypeError,
            DataIdValueError,
            DatasetNotFoundError,
            DatasetTypeExpressionError,
            DimensionNameError,
            DimensionValueError,
            InconsistentDataIdError,
            InvalidQueryError,
            MissingCollectionError,
            MissingDatasetTypeError,
            UnimplementedQueryError,
            UnknownComponentError,
        )
    }
)


def user_error(error_type: str, detail: str) -> ButlerUserError:
    """Return the error that a server tells by name."""
    known = _BY_TYPE.get(error_type)
    if known is None:
        return UnknownButlerUserError(printable_lines(f"{error_type}: {detail}"))
    text = _unquoted(detail) if issubclass(known, KeyError) else detail
    return known(printable_lines(text))


def _unquoted(detail: str) -> str:
    # Servers send the texts of these as Python shows those of a KeyError.
    from ast import literal_eval

    try:
        text = literal_eval(detail)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return detail
    return text if isinstance(text, str) else detail
