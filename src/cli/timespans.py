"""Timespans in the words of a command line: two times of TAI."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..client import Timespan

_UNBOUNDED = "-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _read_timespan(
    _: click.Context, __: click.Parameter, texts: tuple[str, str] | None
) -> "Timespan | None":
    if not texts:
        return None
    from ..client import Timespan

    span = Timespan(*map(_read_instant, texts))
    if span.isEmpty():
        raise click.BadParameter(f"{texts[1]} is before {texts[0]}")
    return span


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
