"""Which life of which database node answers, and what one of its gates covers.

Transaction ids are compared only within one life of one node: after a crash PostgreSQL
may give an id again that was taken and never reached the log.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import text

# After a crash of one backend the postmaster lives on and restarts all others; only
# the fixed statistics tell, whose reset time is then set. All of it is readable by
# every role, unlike the system identifier on some managed services.
NODE = text(
    "(SELECT concat_ws('.', (SELECT oid FROM pg_database"
    " WHERE datname = current_database()),"
    " (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,"
    " (SELECT (extract(epoch FROM stats_reset) * 1000000)::bigint"
    " FROM pg_stat_archiver)))"
)
"""SQL expression for the database and the life of its node, as a short text."""

LSN = "lsn:"
"""Begins the gate text of a standby."""

_SNAPSHOT = re.compile(r"([0-9]{1,20}):([0-9]{1,20}):([0-9]{1,20}(?:,[0-9]{1,20})*)?")


class _Snapshot(NamedTuple):
    """Ids below ``end`` are visible, but for ``running``."""

    end: int
    running: frozenset[int]

    def hides(self, xid: int) -> bool:
        """Tell whether a transaction is not visible."""
        return xid >= self.end or xid in self.running


def covers(later: str, earlier: str) -> bool:
    """Tell whether every transaction visible in one snapshot is visible in another.

    Parameters
    ----------
    later, earlier
        Texts of ``pg_current_snapshot()`` read in one life of one node
        (``xmin:xmax:running,running``). Anything else covers nothing.
    """
    new, old = _parse(later), _parse(earlier)
    if new is None or old is None:
        return False
    hidden = {xid for xid in new.running if xid < old.end}
    # From new.end on nothing is visible in the later snapshot: whatever the earlier
    # one has there must be running.
    beyond = max(old.end - new.end, 0)
    running_beyond = sum(xid >= new.end for xid in old.running)
    return hidden <= old.running and running_beyond == beyond


def including(snapshot: str, xid: int) -> str:
    """Return the text of a snapshot in which one more transaction is visible.

    Raises
    ------
    ValueError
        If ``snapshot`` is none.
    """
    old = _parse(snapshot)
    if old is None:
        raise ValueError(f"not a snapshot: {snapshot!r}")
    end = max(old.end, xid + 1)
    running = sorted({*old.running, *range(old.end, end)} - {xid})
    return f"{running[0] if running else end}:{end}:{','.join(map(str, running))}"


def union(one: str, other: str) -> str:
    """Return the text of a snapshot in which all is visible that is in either.

    Two replayed WAL positions have the later one as their union.

    Raises
    ------
    ValueError
        If they are not of one kind.
    """
    if one.startswith(LSN) and other.startswith(LSN):
        return max(one, other, key=position)
    a, b = _parse(one), _parse(other)
    if a is None or b is None:
        raise ValueError(f"have no union: {one!r} and {other!r}")
    end = max(a.end, b.end)
    running = {x for x in a.running | b.running if a.hides(x) and b.hides(x)}
    first = min(running, default=end)
    return f"{first}:{end}:{','.join(map(str, sorted(running)))}"


def position(lsn: str) -> tuple[int, int]:
    """Return a WAL position to compare by.

    Raises
    ------
    ValueError
        If it is none.
    """
    high, _, low = lsn.removeprefix(LSN).partition("/")
    return int(high, 16), int(low, 16)


def _parse(snapshot: str) -> _Snapshot | None:
    match = _SNAPSHOT.fullmatch(snapshot)
    if match is None:
        return None
    begin, end = int(match[1]), int(match[2])
    running = frozenset(_numbers(match[3]))
    if begin > end or any(not begin <= xid < end for xid in running):
        return None
    return _Snapshot(end, running)


def _numbers(text_: str | None) -> Iterator[int]:
    return map(int, text_.split(",")) if text_ else iter(())
