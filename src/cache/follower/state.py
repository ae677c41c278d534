"""How a repository's changes are noticed at the moment."""

import enum


class FollowerState(enum.StrEnum):
    """Shown in a gauge, on the status page and in a response header."""

    LIVE = "live"
    """By a watcher on the stream, and by the poll."""
    POLLED = "polled"
    """By the poll alone; an answer is at most one period and a second old."""
    FALLBACK = "fallback"
    """Not at all: the poll itself is late, and each request asks the database."""
