"""Times as they are sent: whole nanoseconds since 1970-01-01T00:00:00 TAI.

What lies outside of what a repository can hold becomes the nearest bound. Common times
are converted by exact arithmetic; for all others there is astropy.
"""

from datetime import UTC, datetime
from typing import Any

from ....protocol.scalars import EMPTY, TIMESPAN_MAX, TIMESPAN_MIN, Timespan
from . import exact, with_astropy
from .texts import read

__all__ = ["of_astropy", "of_datetime", "of_text", "timespan"]


def of_text(text: str) -> int:
    """Return the time that a text tells, written as `texts.read` says.

    Raises
    ------
    ValueError
        If it tells none, or needs astropy and that is not installed.
    """
    return _told(*read(text))


def of_datetime(value: datetime) -> int:
    """Return a time of Python; one without a zone is in UTC."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return _told(value.isoformat(), "isot", "utc")


def of_astropy(time: Any) -> int:
    """Return a time of astropy.

    Raises
    ------
    ValueError
        If it is an array of times.
    """
    if not time.isscalar:
        raise ValueError("One time is needed, not an array of them.")
    return _bounded(with_astropy.nanoseconds(time))


def timespan(begin: int | None, end: int | None) -> Timespan:
    """Return the half-open timespan between two times; `None` is no bound.

    Equal times make the shortest timespan there is, and those in the wrong order the
    empty one.

    Raises
    ------
    ValueError
        If both are the same bound of what a repository can hold.
    """
    first = TIMESPAN_MIN if begin is None else begin
    last = TIMESPAN_MAX if end is None else end
    if first == last:
        last += 1
        if first == TIMESPAN_MIN or last >= TIMESPAN_MAX:
            raise ValueError("A timespan must not begin and end at the same bound.")
    return (first, last) if first < last else EMPTY


def _told(value: str | float, format_: str, scale: str) -> int:
    found = exact.nanoseconds(value, format_, scale)
    if found is None:
        found = with_astropy.nanoseconds_of(value, format_, scale)
    return _bounded(found)


def _bounded(nanoseconds: int) -> int:
    return min(max(nanoseconds, TIMESPAN_MIN), TIMESPAN_MAX)
