"""Times in formats and scales that only astropy knows; it is imported at first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .leap_seconds import DAY

_EPOCH_TWICE = 4_881_175
"""Two times the Julian date of 1970-01-01T00:00:00."""


def nanoseconds_of(value: str | float, format_: str, scale: str) -> int:
    """Return a time in nanoseconds since 1970 TAI.

    Raises
    ------
    ValueError
        If astropy does not take it for a time, or is not installed.
    """
    try:
        from astropy.time import ScaleValueError, Time
    except ImportError:
        raise ValueError(
            f"{value!r} as {format_}/{scale} is not among the times that are known "
            "without astropy; if it is one, pip install astropy."
        ) from None
    try:
        with _quiet():
            return nanoseconds(Time(value, format=format_, scale=scale))
    except (ValueError, ScaleValueError):
        raise ValueError(f"{value!r} is no time of {format_}/{scale}.") from None


def nanoseconds(time: Any) -> int:
    """Return a time of astropy in nanoseconds since 1970 TAI."""
    with _quiet():
        tai = time.tai
    # Exact: astropy keeps a time as the sum of two floats.
    parts = [float(part).as_integer_ratio() for part in (tai.jd1, tai.jd2)]
    (a, over_a), (b, over_b) = parts
    denominator = 2 * over_a * over_b
    numerator = 2 * (a * over_b + b * over_a) - _EPOCH_TWICE * over_a * over_b
    return (2 * numerator * DAY + denominator) // (2 * denominator)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what astropy says of years whose leap seconds nobody knows yet."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
