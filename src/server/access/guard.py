"""Stands in front of the application: nothing is looked at before who asks is known.

Nor is more answered than they may ask; what is refused here is counted like any answer.
"""

import time
from collections.abc import Callable
from typing import Any, Self

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from ..config import AccessSettings
from ..cutting import wait_until_sent
from ..errors import send_error
from ..peer import peer_of
from ..requests import TextHeaders
from ..tally import Tally
from .identities import Identities
from .limits import Limits
from .reader import NOBODY, Reader
from .services import Permit, Services

_GUARDED = ("/api/butler/repo/", "/api/butlery/repo/")
# What the client reads before it has a token, and URLs that carry a signature.
_OPEN_NAMES = frozenset({"butler.yaml", "butler.json", "files"})
_READER, _PERMIT = "reader", "permit"


class Guard:
    """The application, for those who say who they are.

    Parameters
    ----------
    app
        What answers.
    identities
        Says who asks.
    limits
        Say how much they may ask.
    services
        Say what they may ask for.
    tally
        Where refusals are counted; all else is, behind.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        identities: Identities,
        limits: Limits,
        services: Services,
        tally: Tally,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._identities = identities
        self._limits = limits
        self._services = services
        self._tally = tally
        self._clock = clock

    @classmethod
    def from_settings(
        cls,
        app: ASGIApp,
        settings: AccessSettings,
        identities: Identities,
        tally: Tally,
    ) -> Self:
        """Return what an operator has configured."""
        return cls(
            app,
            identities,
            Limits(settings),
            Services(settings.services),
            tally,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, or refuse."""
        prefix = (
            guarded_below(scope["path"]) if scope["type"] == ScopeType.HTTP else None
        )
        if prefix is None:
            await self._app(scope, receive, send)
            return
        asked: Any = scope
        started = self._clock()
        try:
            peer = peer_of(scope)
            reader = await self._identities.identify(dict(asked["headers"]), peer)
            admission = self._limits.admit(reader, peer)
        except Exception as error:  # noqa: BLE001 - nothing else is in front
            status = await send_error(_Refused(asked), error, send)
            seconds = self._clock() - started
            self._tally.note(f"{prefix}{{repository}}", status, seconds)
            return
        try:
            state = asked.setdefault("state", {})
            state[_READER] = reader
            permit = self._services.permit(reader)
            if permit is not None:
                state[_PERMIT] = permit
            await self._app(scope, receive, admission.tell(send))
            await wait_until_sent(scope)
        finally:
            admission.end()


def guarded_below(path: str) -> str | None:
    """Return the prefix of a path that is only for those who say who they are."""
    for prefix in _GUARDED:
        if path.startswith(prefix):
            _, _, rest = path[len(prefix) :].partition("/")
            return None if rest.partition("/")[0] in _OPEN_NAMES else prefix
    return None


def reader_of(scope: Any) -> Reader:
    """Return who asks, as the guard has found out."""
    reader: Reader = scope["state"].get(_READER, NOBODY)
    return reader


def require_route(scope: Any, name: str) -> None:
    """Refuse a route that who asks may not use, as the guard has found out.

    Raises
    ------
    ForbiddenError
        If a service asks that may not use it.
    """
    permit: Permit | None = scope["state"].get(_PERMIT)
    if permit is not None:
        permit.require(name)


class _Refused:
    """What `wire_form` needs to know of a request."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers = TextHeaders(dict(scope["headers"]))
