"""Asking until an answer is right, within a bound."""

import time
from collections.abc import Callable

from .requests import Connection, Reply, Request

_PAUSE_SECONDS = 0.02


def seconds_until(
    connection: Connection,
    request: Request,
    is_right: Callable[[Reply], bool],
    *,
    bound_seconds: float,
    since: float | None = None,
) -> float:
    """Return how long after `since` (by default now) the right answer came.

    Whatever is asked later than the bound has to be right at once.
    """
    begin = time.monotonic() if since is None else since
    while True:
        reply = connection.send(request)
        if is_right(reply):
            return reply.came_at - begin
        waited = reply.asked_at - begin
        assert waited < bound_seconds, f"still wrong after {waited:.2f} s: {reply}"
        assert reply.status < 500 or reply.is_unavailable, reply
        time.sleep(_PAUSE_SECONDS)
