"""When a request is sent again, and how long to wait before.

The one policy of the client, and pure: it is told what happened and when, and says
how many seconds to wait, or that it is no use. All requests are idempotent. Waits are
drawn from [half, whole) of what is due, so that clients that failed together do not
come back together; one that a server names is never cut short.

A server that is busy is asked for three minutes in a row, however long the answer
itself may take. A request that goes on where it ended begins anew whenever enough has
come: its failures are forgotten, and its time is given again. Who sends less than that
is stuck.
"""

import random
import time
from collections.abc import Callable

from .limits import ANSWER_SECONDS, Limits
from .messages import LostError, Reply, Request

BUSY = frozenset({429, 503})
"""Come back later; `Retry-After` says when (RFC 9110, 10.2.3)."""

TRANSIENT = frozenset({502, 504})
"""Something before the server could not reach it."""

_MOST_FAILURES = 8  # of the connection, in a row: some 15 seconds
_FEW_FAILURES = 3  # some half a second
_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0
_USUAL = Limits()


class Retries:
    """The repetitions of one request.

    Parameters
    ----------
    request
        That is sent.
    clock
        Monotonic time in seconds.
    now
        Seconds since 1970, for dates that servers send.
    draw
        A number from [0, 1).
    limits
        Of the connection.
    """

    __slots__ = (
        "_busy",
        "_busy_until",
        "_clock",
        "_draw",
        "_ends",
        "_enough",
        "_failures",
        "_heard",
        "_limits",
        "_now",
        "_request",
        "_stuck",
    )

    def __init__(
        self,
        request: Request,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
        limits: Limits = _USUAL,
    ) -> None:
        self._clock = clock
        self._now = now
        self._draw = draw
        self._request = request
        self._limits = limits
        self._enough = limits.slowest_bytes_per_second * limits.stuck_seconds
        self._come_on()

    def begin(self) -> None:
        """Take note that it is sent."""
        self._heard = 0
        self._stuck: float = self._ends
        if self._request.goes_on:
            self._stuck = min(self._ends, self._clock() + self._limits.stuck_seconds)

    def heard(self, count: int) -> bool:
        """Take note of some bytes; return whether there is more time now."""
        self._heard += count
        has_come_on = self._request.goes_on and self._heard >= self._enough
        if has_come_on:
            self._come_on()
        return has_come_on

    @property
    def seconds_left(self) -> float:
        """Until this time must be over."""
        return self._stuck - self._clock()

    def _come_on(self) -> None:
        seconds = min(self._request.seconds, self._limits.longest_seconds)
        self._ends: float = self._clock() + seconds
        self._failures = 0
        self._busy = 0
        self._busy_until: float | None = None
        self.begin()

    def after_failure(self, lost: LostError | None = None) -> float | None:
        """Return how long to wait after a connection failed; `None`: give up."""
        self._failures += 1
        self._busy, self._busy_until = 0, None
        soon = lost is not None and lost.is_refused and self._request.is_first
        is_final = lost is not None and lost.is_final
        if is_final or self._failures > (_FEW_FAILURES if soon else _MOST_FAILURES):
            return None
        return self._if_in_time(self._backoff(self._failures))

    def after(self, reply: Reply) -> float | None:
        """Return how long to wait after an answer; `None`: it is the last word."""
        if reply.status in TRANSIENT:
            return self.after_failure()
        if reply.status not in BUSY:
            return None
        self._busy += 1
        if self._busy_until is None:
            self._busy_until = self._clock() + ANSWER_SECONDS
        named = retry_after_seconds(reply.headers.get("retry-after"), self._now())
        if named is None or named == 0:
            return self._if_in_time(self._backoff(self._busy))
        return self._if_in_time(named + self._draw() * min(named, 1.0))

    def _backoff(self, times: int) -> float:
        due = min(_FIRST_SECONDS * 2.0 ** min(times, 30), _LONGEST_SECONDS)
        return due * (1 + self._draw()) / 2

    def _if_in_time(self, seconds: float) -> float | None:
        ends = min(self._ends, self._busy_until or self._ends)
        return seconds if seconds < ends - self._clock() else None


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """Return what `Retry-After` asks for, in seconds; `None` if it says nothing.

    Parameters
    ----------
    value
        Seconds, or a date of HTTP.
    now
        Seconds since 1970.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    return _until(text, now)


def _until(date: str, now: float) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        seconds = parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return seconds if seconds > 0 else 0.0
