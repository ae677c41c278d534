"""Every error has the code, status and text that the stock client expects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler import ButlerUserError as StockError
from lsst.daf.butler import _exceptions as stock

from butlery.protocol import errors
from butlery.protocol.errors import ButlerUserError, ButleryError, PlainError

# Protocol v1: codes of errors that read endpoints raise, without general queries.
CODES = {
    "calibration_lookup": errors.CalibrationLookupError,
    "data_id_value": errors.DataIdValueError,
    "dataset_not_found": errors.DatasetNotFoundError,
    "dataset_type_expression": errors.DatasetTypeExpressionError,
    "dimension_name": errors.DimensionNameError,
    "dimension_value": errors.DimensionValueError,
    "inconsistent_data_id": errors.InconsistentDataIdError,
    "invalid_query": errors.InvalidQueryError,
    "missing_collection": errors.MissingCollectionError,
    "missing_dataset_type": errors.MissingDatasetTypeError,
    "unknown_component": errors.UnknownComponentError,
}
QUOTED = {"dimension_name", "missing_dataset_type", "unknown_component"}
STATUSES = {
    errors.UnauthorizedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ForeignRevisionError: 412,
    errors.BadRequestError: 422,
    errors.TooManyRequestsError: 429,
    errors.NotSupportedError: 501,
    errors.StoreRefusedError: 502,
    errors.UnavailableError: 503,
}
TEXTS = ["plain", "it's", 'a "quote"', "both ' and \"", "back\\slash", "Größe \u2028"]


def leaves(base: type[ButleryError]) -> set[type[ButleryError]]:
    found = set()
    for cls in base.__subclasses__():
        found |= leaves(cls) or {cls}
    return found


def test_tables_above_name_every_error_class() -> None:
    assert leaves(ButlerUserError) == {*CODES.values(), errors.RelayedError}
    assert leaves(PlainError) == {*STATUSES, errors.RepeatedError}


@pytest.mark.parametrize("code", [*CODES, "unimplemented_query", "collection_type"])
def test_error_of_another_process_keeps_its_code_and_text(code: str) -> None:
    error = errors.RelayedError(errors.ErrorResponse(code, 'it\'s "so"'))
    assert (error.error_type, error.detail) == (code, 'it\'s "so"')
    assert error.status == 422


@pytest.mark.parametrize("code", CODES)
def test_butler_error_reaches_the_client_as_the_class_of_the_same_name(
    code: str,
) -> None:
    error = CODES[code]("what is wrong")
    assert (error.error_type, error.status) == (code, 422)
    received = stock.create_butler_user_error(error.error_type, error.detail)
    assert type(received).__name__ == type(error).__name__
    assert isinstance(received, StockError)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("code", CODES)
def test_detail_is_quoted_exactly_where_the_stock_server_quotes(
    code: str, text: str
) -> None:
    error = CODES[code](text)
    theirs = getattr(stock, type(error).__name__)(text)
    assert error.detail == str(theirs)
    assert (error.detail == text) is (code not in QUOTED)


@pytest.mark.parametrize("cls", STATUSES)
def test_plain_error_has_its_status_and_cannot_be_taken_for_a_butler_error(
    cls: type[PlainError],
) -> None:
    error = cls("what is wrong")
    assert (error.status, error.detail) == (STATUSES[cls], "what is wrong")
    assert not hasattr(error, "error_type")


@given(st.integers(0, 10**6))
def test_retry_after_is_a_whole_number_since_the_client_retries_on_no_other(
    seconds: int,
) -> None:
    for of in (errors.UnavailableError, errors.TooManyRequestsError):
        error = of("not now", retry_after_seconds=seconds)
        assert int(error.headers["retry-after"]) == seconds >= 0
