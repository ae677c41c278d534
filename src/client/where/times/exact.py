"""Times of the common formats and scales, converted without any rounding but the last.

What is not known here is not wrong: it needs astropy, or is refused by it.
"""

import re
from datetime import date

from .leap_seconds import DAY, FIRST_DAY, SECOND, begin, day_of, length

_CLOCK = re.compile(
    r"""
    (?P<year>\d{4}) (?: - (?P<month>\d\d) - (?P<day>\d\d) | : (?P<of_year>\d{3}) )
    (?: (?P<separator>[ T:]) (?P<hour>\d\d) : (?P<minute>\d\d)
        (?: : (?P<second>\d\d) (?: [.] (?P<fraction>\d*) )? )? )?
    """,
    re.VERBOSE | re.ASCII,
)
_SEPARATORS = {"iso": " ", "isot": "T", "yday": ":"}

_DAYS_AND_EPOCHS = {
    "mjd": (1, 40587.0),
    "jd": (1, 2440587.5),
    "unix": (86_400, 0.0),
}
"""How many of a format's units are a day, and 1970-01-01T00:00:00 in them."""

_AHEAD = {"tai": 0, "tt": 32_184_000_000}
"""Nanoseconds by which a scale is ahead of TAI."""

_LAST_MINUTE = 59


def nanoseconds(value: str | float, format_: str, scale: str) -> int | None:
    """Return nanoseconds since 1970 TAI, or `None` if that is not known here."""
    if isinstance(value, str):
        return _of_clock(value, format_, scale)
    if format_ not in _DAYS_AND_EPOCHS:
        return None
    # Seconds of Unix are in UTC, whatever scale they are to be shown in.
    return _of_number(value, format_, "utc" if format_ == "unix" else scale)


def _of_number(value: float, format_: str, scale: str) -> int | None:
    units, epoch = _DAYS_AND_EPOCHS[format_]
    (a, over_a), (b, over_b) = value.as_integer_ratio(), epoch.as_integer_ratio()
    numerator, denominator = a * over_b - b * over_a, over_a * over_b * units
    if scale != "utc":
        return _in_scale(_rounded(numerator * DAY, denominator), scale)
    day, rest = divmod(numerator, denominator)
    # By convention these days have no leap seconds: one that has is stretched.
    return _in_utc(day, _rounded(rest * length(day), denominator))


def _of_clock(text: str, format_: str, scale: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    if match is None or format_ not in _SEPARATORS:
        return None
    if match["separator"] not in {None, _SEPARATORS[format_]}:
        return None
    if bool(match["of_year"]) != (format_ == "yday"):
        return None
    day, of_day = _day(match), _of_day(match)
    if day is None or of_day is None:
        return None
    if scale == "utc":
        return _in_utc(day, of_day) if of_day < length(day) else None
    return _in_scale(day * DAY + of_day, scale) if of_day < DAY else None


def _day(match: re.Match[str]) -> int | None:
    """Return the day since 1970, if there is such a day."""
    year = int(match["year"])
    try:
        if match["of_year"] is None:
            return day_of(date(year, int(match["month"]), int(match["day"])))
        begin_of_year, number = date(year, 1, 1), int(match["of_year"])
        day = date.fromordinal(begin_of_year.toordinal() + number - 1)
    except ValueError:
        return None
    return day_of(day) if day.year == year else None


def _of_day(match: re.Match[str]) -> int | None:
    """Return nanoseconds since midnight; seconds may run over, as in astropy."""
    hour, minute, second = (int(match[n] or 0) for n in ("hour", "minute", "second"))
    digits = match["fraction"] or "0"
    seconds = hour * 3600 + minute * 60 + second
    of_day = seconds * SECOND + _rounded(int(digits) * SECOND, 10 ** len(digits))
    return of_day if minute <= _LAST_MINUTE else None


def _in_utc(day: int, of_day: int) -> int | None:
    return None if day < FIRST_DAY else begin(day) + of_day


def _in_scale(of_scale: int, scale: str) -> int | None:
    return of_scale - _AHEAD[scale] if scale in _AHEAD else None


def _rounded(numerator: int, denominator: int) -> int:
    """Divide, and round to the nearest."""
    return (2 * numerator + denominator) // (2 * denominator)
