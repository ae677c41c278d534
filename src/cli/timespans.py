"""Timespans in the words of a command line: two times of TAI."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..protocol.scalars import Timespan

_UNBOUNDED = "-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _read_timespan(
    _: click.Context, __: click.Parameter, texts: tuple[str, str] | None
) -> "Timespan | None":
    from ..protocol.scalars import TIMESPAN_MAX, TIMESPAN_MIN

    if not texts:
        return None
    first, last = map(_read_instant, texts)
    begin = TIMESPAN_MIN if first is None else max(first, TIMESPAN_MIN)
    end = TIMESPAN_MAX if last is None else min(last, TIMESPAN_MAX)
    if begin > end:
        raise click.BadParameter(f"{texts[1]} is before {texts[0]}")
    # As daf_butler has it: equal times are a moment.
    return begin, end if begin < end else begin + 1


def _read_instant(text: str) -> int | None:
    """Return nanoseconds since 1970 in TAI; `None`: unbounded."""
    if text == _UNBOUNDED:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text):
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is not None:
        raise click.BadParameter(
            f"{text!r} is no TAI time; give 2025-01-31T12:00:00, nanoseconds, or "
            f"{_UNBOUNDED} for unbounded"
        )
    elapsed = instant.replace(tzinfo=UTC) - _EPOCH
    seconds = elapsed.days * 86_400 + elapsed.seconds
    return (seconds * 1_000_000 + elapsed.microseconds) * 1_000


timespan_option = click.option(
    "--timespan",
    nargs=2,
    callback=_read_timespan,
    metavar="BEGIN END",
    help="For calibrations: TAI times (2025-01-31T12:00:00, or nanoseconds), "
    "- for unbounded.",
)
