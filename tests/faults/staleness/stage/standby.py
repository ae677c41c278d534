"""When commits of a primary became visible on a hot standby."""

import threading
import time
from bisect import bisect_left, bisect_right
from typing import Self

import psycopg

from tests.support.postgres import PostgresCluster

from .timeline import Timeline, Version
from .users import Subject, User

_LOOK = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn"
_PAUSE_SECONDS = 0.005


class Replay:
    """Positions of a standby's replay, noted while the context lasts."""

    def __init__(self, standby: PostgresCluster) -> None:
        self._url = standby.url()
        self._positions: list[int] = []
        self._before: list[float] = []
        self._after: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)

    def shown_at(self, user: User) -> float | None:
        """Return when the last change of a user was visible for sure, if it is."""
        newest = max(s.timeline.versions[-1].wal_done for s in user.subjects.values())
        return self._reached(newest)

    def seen_there(self, subject: Subject) -> Timeline:
        """Return what was true on the standby."""
        return subject.timeline.elsewhere(self._see)

    def _see(self, version: Version) -> tuple[float, float]:
        if not version.wal_done:
            return version.begun, version.done
        # At the last position that is not after its beginning it was not visible yet.
        first = bisect_right(self._positions, version.wal_begun) - 1
        begun = self._before[first] if first >= 0 else float("-inf")
        done = self._reached(version.wal_done)
        return begun, float("inf") if done is None else done

    def _reached(self, position: int) -> float | None:
        place = bisect_left(self._positions, position)
        return self._after[place] if place < len(self._after) else None

    def _look(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._ended.is_set():
                before = time.monotonic()
                row = connection.execute(_LOOK).fetchone()
                assert row is not None
                self._before.append(before)
                self._positions.append(int(row[0]))
                self._after.append(time.monotonic())
                time.sleep(_PAUSE_SECONDS)
