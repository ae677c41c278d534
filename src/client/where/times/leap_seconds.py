"""UTC as TAI, from the leap seconds: exact, in nanoseconds since 1970-01-01 TAI.

Source: the table of the IERS. Days are those since 1970-01-01; before 1972 UTC ran at
another rate, and is unknown here.
"""

from bisect import bisect_right
from datetime import date

SECOND = 1_000_000_000
DAY = 86_400 * SECOND

_EPOCH = date(1970, 1, 1).toordinal()
_AT_FIRST = 10

# Each of these days began a second later than the one before it would have it.
_LATER = """
    1972-07 1973-01 1974-01 1975-01 1976-01 1977-01 1978-01 1979-01 1980-01 1981-07
    1982-07 1983-07 1985-07 1988-01 1990-01 1991-01 1992-07 1993-07 1994-07 1996-01
    1997-07 1999-01 2006-01 2009-01 2012-07 2015-07 2017-01
"""


def day_of(day: date) -> int:
    """Return the number of a day."""
    return day.toordinal() - _EPOCH


_DAYS = [day_of(date.fromisoformat(f"{month}-01")) for month in _LATER.split()]

FIRST_DAY = day_of(date(1972, 1, 1))
"""First day of UTC as it is now."""


def begin(day: int) -> int:
    """Return when a day of UTC begins."""
    return day * DAY + (_AT_FIRST + bisect_right(_DAYS, day)) * SECOND


def length(day: int) -> int:
    """Return how long a day of UTC is."""
    return begin(day + 1) - begin(day)
