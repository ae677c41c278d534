"""What a request for a job says: body, preferences (RFC 7240), seconds to wait."""

import math
import re
from typing import Any, NamedTuple

import msgspec

from ...protocol.errors import BadRequestError
from ...protocol.jobs import JobKind
from ...protocol.query_work import PartsFormat
from ..queries import check_body
from ..requests import JsonBody

_WAIT = re.compile(r"wait\s*=\s*\"?([0-9]{1,9})\"?", re.IGNORECASE)
_SECONDS = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class Asked(msgspec.Struct, frozen=True):
    """The body of a request for a job."""

    kind: JobKind
    request: msgspec.Raw
    format: PartsFormat = "jsonl"


class Preference(NamedTuple):
    """How long a client would wait, and the preference that says so, if one does."""

    seconds: float
    applied: str | None


_BODY = JsonBody(Asked)


async def read_asked(request: Any) -> tuple[Asked, bytes]:
    """Return what is asked, and the request of the query, which has the right shape.

    Raises
    ------
    BadRequestError
        If either makes no sense, naming the field.
    """
    asked = await _BODY.read(request)
    return asked, check_body(asked.kind, asked.request, "request")


def preference_of(header: str, default_seconds: float) -> Preference:
    """Return what a ``Prefer`` header says."""
    terms = [term.strip() for term in re.split("[,;]", header)]
    for term in terms:
        found = _WAIT.fullmatch(term)
        if found is not None:
            return Preference(float(found[1]), f"wait={found[1]}")
    if "respond-async" in map(str.lower, terms):
        return Preference(0.0, "respond-async")
    return Preference(default_seconds, None)


def seconds_of(wait: str | None) -> float:
    """Return how long to wait; a negative number stands for as long as possible.

    Source: UWS 1.1, 2.2.1.1.

    Raises
    ------
    BadRequestError
        If it is no number.
    """
    if wait is None:
        return 0.0
    if _SECONDS.fullmatch(wait) is None:
        raise BadRequestError(f"wait: {wait[:50]!r} is not a number of seconds.")
    seconds = float(wait)
    return math.inf if seconds < 0 else seconds
