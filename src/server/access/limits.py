"""How much each user, and each service, may ask of this process.

A request is counted from when it is known who asks until its answer has been sent, or
the client has gone. What is refused is not counted. Each worker process counts by
itself, what it answers.
"""

import math
import time
from collections.abc import Awaitable, Callable, Sequence

from litestar.types import Message, Send

from ...protocol.errors import TooManyRequestsError
from ..config import AccessSettings
from .peers import Peers
from .rate import Rate
from .reader import Reader

_LOOPBACK = Peers(["127.0.0.0/8", "::1"])
_RESOURCE = "butlery"
_NO_HEADERS: dict[str, str] = {}


class Limits:
    """The limits of one process.

    Parameters
    ----------
    settings
        The operator's.
    clock
        Monotonic time in seconds.
    wall_clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        settings: AccessSettings,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        each = settings.limits
        self._users = _Limit(_RESOURCE, each.concurrent, each.per_minute)
        # A request of a service is one of its user's, too.
        self._services = {
            name: _Limit(f"{_RESOURCE}/{name}", service.concurrent, service.per_minute)
            for name, service in settings.services.items()
        }
        self._has_rate = any(
            limit.rate is not None for limit in (self._users, *self._services.values())
        )
        self._clock = clock
        self._wall_clock = wall_clock

    @property
    def running(self) -> int:
        """How many requests are counted now, for users and for services."""
        limits = (self._users, *self._services.values())
        return sum(sum(limit.running.values()) for limit in limits)

    def admit(self, reader: Reader, peer: str) -> "Admission":
        """Count a request until `Admission.end`.

        Who was not asked who they are counts by their address; programs of this
        machine do not.

        Raises
        ------
        TooManyRequestsError
            If it is one too many.
        """
        name = reader.user
        if name is None:
            if peer in _LOOPBACK:
                return _FREE
            name = peer
        counted: _Counted = ((self._users, name),)
        if reader.service is not None and reader.service in self._services:
            service = self._services[reader.service]
            counted = (*counted, (service, reader.service))
        now = self._clock() if self._has_rate else 0.0
        for limit, of in counted:
            refusal = limit.refusal(of, now)
            if refusal is not None:
                said, wait = refusal
                raise TooManyRequestsError(
                    said,
                    retry_after_seconds=wait,
                    more=self._headers(counted, now),
                )
        for limit, of in counted:
            limit.count(of, now)
        # Most servers have no rate: their requests cost about a microsecond here.
        headers = self._headers(counted, now) if self._has_rate else _NO_HEADERS
        return Admission(counted, headers)

    def _headers(self, counted: "_Counted", now: float) -> dict[str, str]:
        """Return what is left of the rate of which least is left, as Gafaelfawr does.

        Source: Gafaelfawr's "API rate limiting"; its ``Retry-After`` is a date, which
        the stock client does not understand.
        """
        standings = [
            (limit.rate.standing(of, now), limit.resource)
            for limit, of in counted
            if limit.rate is not None
        ]
        if not standings:
            return {}
        left, resource = min(standings, key=lambda pair: pair[0].remaining)
        return {
            "x-ratelimit-limit": str(left.limit),
            "x-ratelimit-used": str(left.limit - left.remaining),
            "x-ratelimit-remaining": str(left.remaining),
            "x-ratelimit-reset": str(math.ceil(self._wall_clock() + left.reset)),
            "x-ratelimit-resource": resource,
        }


class Admission:
    """A request that is counted, until it ends.

    Parameters
    ----------
    counted
        Where it counts, and under which names.
    headers
        Which its answer carries.
    """

    __slots__ = ("_counted", "_headers")

    def __init__(self, counted: "_Counted", headers: dict[str, str]) -> None:
        self._counted = counted
        self._headers = headers

    def tell(self, send: Send) -> Send:
        """Return what sends the answer, with the headers."""
        if not self._headers:
            return send
        lines = [(n.encode(), v.encode()) for n, v in self._headers.items()]

        def send_told(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *lines]
            return send(message)

        return send_told

    def end(self) -> None:
        """Count the request no longer; to be called once."""
        for limit, name in self._counted:
            limit.end(name)


class _Limit:
    """One limit, which holds for each of many names.

    Attributes
    ----------
    running
        Requests of each name, without those who have none: as long as the requests are.
    """

    def __init__(
        self, resource: str, concurrent: int | None, per_minute: int | None
    ) -> None:
        self.resource = resource
        self.rate = None if per_minute is None else Rate(per_minute)
        self.running: dict[str, int] = {}
        self._concurrent = math.inf if concurrent is None else concurrent

    def refusal(self, name: str, now: float) -> tuple[str, int] | None:
        """Return why a request is one too many, and for how many seconds; or `None`."""
        if self.running.get(name, 0) >= self._concurrent:
            return f"{name} has {self._concurrent} requests running; no more may.", 1
        left = None if self.rate is None else self.rate.standing(name, now)
        if left is None or left.wait <= 0:
            return None
        said = f"{name} has asked {left.limit} times within a minute; no more may be."
        return said, max(math.ceil(left.wait), 1)

    def count(self, name: str, now: float) -> None:
        self.running[name] = self.running.get(name, 0) + 1
        if self.rate is not None:
            self.rate.count(name, now)

    def end(self, name: str) -> None:
        left = self.running[name] - 1
        if left:
            self.running[name] = left
        else:
            del self.running[name]


_Counted = Sequence[tuple[_Limit, str]]

_FREE = Admission((), _NO_HEADERS)
