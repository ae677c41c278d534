"""Stands in front of the application and answers the hottest lookups itself.

The framework takes several times as long for a request as a warm lookup does. What
these routes say is what their twins in `routes` say, byte for byte: the tests put the
same requests to both. Anything unusual about a request is left to the framework.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from ..access import reader_of, require_route
from ..cut_requests import log_cut
from ..errors import send_error
from ..requests import is_host
from ..routes.dependencies import AT_LEAST
from ..serving import Serving
from ..trails import headers_of
from .call import Call, DisconnectedError
from .lookups import ROUTES

_PREFIX = "/api/butler/repo/"
_TEMPLATE = "/api/butler/repo/{repository}/v1/"
_MOST_BYTES = 65_536  # of a body; the framework knows how to refuse a larger one
_AT_LEAST = AT_LEAST.encode()


class Direct:
    """The application, with a way around it.

    Parameters
    ----------
    app
        Answers everything else.
    serving
        What is served.
    public_url
        Under which clients reach the server, if it is configured.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        serving: Serving,
        public_url: str | None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._app = app
        self._serving = serving
        self._public_url = public_url
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        found = self._route(scope) if scope["type"] == ScopeType.HTTP else None
        if found is None:
            await self._app(scope, receive, send)
            return
        started = self._clock()
        handler, template, label, rest, headers = found
        call = Call(scope, receive, send, self._serving.repositories[label], headers)
        try:
            require_route(scope, handler.__name__)
            call.served = call.served.seen_by(reader_of(scope))
            status = await handler(call, rest, self._public_url)
        except DisconnectedError:
            return
        except asyncio.CancelledError:
            log_cut(scope)
            raise
        except Exception as error:  # noqa: BLE001 - nothing else is behind
            status = await send_error(call, error, send, headers_of(call.trail))
        seconds = self._clock() - started
        self._serving.tally.note(_TEMPLATE + template, status, seconds)

    def _route(self, scope: Any) -> Any:
        """Return what answers a request, or `None`."""
        path: str = scope["path"]
        if not path.startswith(_PREFIX):
            return None
        parts = path[len(_PREFIX) :].split("/")
        if not 3 <= len(parts) <= 4 or parts[1] != "v1":  # noqa: PLR2004 - as in ROUTES
            return None
        label, _, name, *rest = parts
        route = ROUTES.get((scope["method"], name, len(parts)))
        if route is None or rest == [""] or label not in self._serving.repositories:
            return None
        headers = dict(scope["headers"])
        if not _is_usual(scope["method"], headers):
            return None
        if _AT_LEAST in headers and not self._has_met(label, headers[_AT_LEAST]):
            return None
        return *route, label, rest[0] if rest else "", headers

    def _has_met(self, label: str, demand: bytes) -> bool:
        keeper = self._serving.repositories[label].repository.keeper
        return keeper.has_met(demand.decode("latin-1"))


def _is_usual(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether there is nothing about a request that only the framework knows."""
    if not is_host(headers.get(b"host", b"").decode("latin-1")):
        return False
    if method == "GET":
        return True
    length = headers.get(b"content-length", b"")
    is_json = headers.get(b"content-type") == b"application/json"
    return is_json and length.isdigit() and int(length) <= _MOST_BYTES
