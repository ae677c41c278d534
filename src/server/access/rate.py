"""Requests per minute, as the generic cell rate algorithm counts them.

One number for each name: when, if nothing more came, its whole allowance would be there
again. Who has waited that long is forgotten, which changes nothing for them: what is
kept are those who asked within the last minute.
"""

import math
from collections import OrderedDict
from typing import NamedTuple

_MINUTE = 60.0
_MOST_NAMES = 100_000
# Of those who are idle, removed at each request: more than one can add.
_REMOVED_AT_ONCE = 2


class Standing(NamedTuple):
    """How much of an allowance is left.

    Parameters
    ----------
    limit
        Requests per minute.
    remaining
        Requests that may come at once.
    reset
        Seconds until the whole allowance is there again.
    wait
        Seconds until the next request may come; 0: at once.
    """

    limit: int
    remaining: int
    reset: float
    wait: float


class Rate:
    """One limit of requests per minute, which holds for each of many names.

    Who has long asked nothing may ask the whole minute's worth at once.

    Parameters
    ----------
    per_minute
        The limit.
    most_names
        Of those who are not idle; more are told to wait.
    """

    def __init__(self, per_minute: int, most_names: int = _MOST_NAMES) -> None:
        self._limit = per_minute
        self._interval = _MINUTE / per_minute
        self._most_names = most_names
        # When each allowance is whole again; who asked last comes last.
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._whole_at)

    def standing(self, name: str, now: float) -> Standing:
        """Return what a name has left; nothing is counted."""
        whole_at = self._whole_at.get(name)
        if whole_at is None and len(self._whole_at) >= self._most_names:
            self._forget_idle(now)
            if len(self._whole_at) >= self._most_names:
                return Standing(self._limit, 0, 0.0, self._interval)
        reset = max((whole_at or now) - now, 0.0)
        left = (_MINUTE - reset) / self._interval
        # What a float loses in 60 / limit * limit must not cost a request.
        remaining = math.floor(left + 1e-6)
        wait = 0.0 if remaining >= 1 else (1 - left) * self._interval
        return Standing(self._limit, max(remaining, 0), reset, wait)

    def count(self, name: str, now: float) -> None:
        """Count a request."""
        self._forget_idle(now)
        whole_at = max(self._whole_at.get(name, now), now)
        self._whole_at[name] = whole_at + self._interval
        self._whole_at.move_to_end(name)

    def _forget_idle(self, now: float) -> None:
        for _ in range(_REMOVED_AT_ONCE):
            name = next(iter(self._whole_at), None)
            if name is None or self._whole_at[name] > now:
                return
            del self._whole_at[name]
