"""Many lookups in few requests; one by one, where a server knows no other way."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ...protocol.batch import (
    FindDatasetsResponse,
    FindOutcome,
    GetFilesResponse,
    GetOutcome,
)
from ..connection.failures import UnusableAnswerError
from ..connection.limits import MOST_AT_ONCE
from ..connection.messages import Call, Together
from ..connection.session import Session
from ..errors import ButlerServerError, user_error

_S = TypeVar("_S")
_T = TypeVar("_T")

ITEMS_AT_ONCE = 1_000
"""In one request: larger ones are no faster, and keep others waiting."""

_UNKNOWN_ROUTE = frozenset({404, 405})


def in_batches(
    session: Session,
    items: Sequence[_S],
    ask: Callable[[Sequence[_S]], Call[list[_T]]],
    ask_one: Callable[[_S], Call[_T]],
) -> Call[list[_T]]:
    """Return one result for each item, in their order.

    Parameters
    ----------
    session
        Remembers whether its server knows the routes for many.
    items
        Any number.
    ask
        Asks for some of them at once.
    ask_one
        Asks for one.
    """
    if session.has_batches:
        parts = [
            ask(items[begin : begin + ITEMS_AT_ONCE])
            for begin in range(0, len(items), ITEMS_AT_ONCE)
        ]
        try:
            found: list[list[_T]] = yield Together(parts, MOST_AT_ONCE)
            return [each for part in found for each in part]
        except ButlerServerError as error:
            if error.status_code not in _UNKNOWN_ROUTE:
                raise
            session.has_batches = False
    singles: list[_T] = yield Together([ask_one(i) for i in items], MOST_AT_ONCE)
    return singles


def require_all(
    answer: FindDatasetsResponse | GetFilesResponse, items: Sequence[Any]
) -> None:
    """Refuse an answer that has not one outcome for each item, and all their types.

    Raises
    ------
    UnusableAnswerError
        If it has not.
    """
    if len(answer.items) != len(items):
        raise UnusableAnswerError(
            f"{len(items)} items were asked about, and {len(answer.items)} answers came"
        )
    for outcome in answer.items:
        listed = outcome.dataset
        if listed is not None and listed.dataset_type not in answer.dataset_types:
            raise UnusableAnswerError(f"nobody says what {listed.dataset_type!r} is")


def refusal(outcome: FindOutcome | GetOutcome) -> Exception:
    """Return the error of an item that makes no sense, as a single lookup has it."""
    detail = outcome.detail or "it makes no sense"
    if outcome.error_type is not None:
        return user_error(outcome.error_type, detail)
    return ButlerServerError(detail, client_request_id="unknown", status_code=422)


def naming(error: Exception, index: int, item: Any) -> Exception:
    """Return an error with a note that tells which item it is about."""
    error.add_note(f"This is item {index} of those given: {item!r}"[:500])
    return error
