"""Stands in front of the application: nothing is looked at before who asks is known."""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from ...protocol.scalars import encode_json
from ..caching import Caching
from ..errors import wire_form
from ..peer import peer_of
from ..requests import TextHeaders
from .identities import Identities
from .reader import NOBODY, Reader

_GUARDED = ("/api/butler/repo/", "/api/butlery/repo/")
# What the client reads before it has a token, and URLs that carry a signature.
_OPEN_NAMES = frozenset({"butler.yaml", "butler.json", "files"})
_READER = "reader"


class Guard:
    """The application, for those who say who they are.

    Parameters
    ----------
    app
        What answers.
    identities
        Says who asks.
    """

    def __init__(self, app: ASGIApp, identities: Identities) -> None:
        self._app = app
        self._identities = identities

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, or refuse."""
        if scope["type"] == ScopeType.HTTP and is_guarded(scope["path"]):
            asked: Any = scope
            try:
                asked.setdefault("state", {})[_READER] = await self._identify(asked)
            except Exception as error:  # noqa: BLE001 - nothing else is in front
                await _refuse(asked, error, send)
                return
        await self._app(scope, receive, send)

    async def _identify(self, scope: Any) -> Reader:
        headers = dict(scope["headers"])
        return await self._identities.identify(headers, peer_of(scope))


def is_guarded(path: str) -> bool:
    """Tell whether a path is only for those who say who they are."""
    for prefix in _GUARDED:
        if path.startswith(prefix):
            _, _, rest = path[len(prefix) :].partition("/")
            return rest.partition("/")[0] not in _OPEN_NAMES
    return False


def reader_of(scope: Any) -> Reader:
    """Return who asks, as the guard has found out."""
    reader: Reader = scope["state"].get(_READER, NOBODY)
    return reader


class _Refused:
    """What `wire_form` needs to know of a request."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers = TextHeaders(dict(scope["headers"]))


async def _refuse(scope: Any, error: Exception, send: Send) -> None:
    status, headers, content = wire_form(_Refused(scope), error)
    body = encode_json(content)
    lines = [(n.lower().encode(), v.encode()) for n, v in headers.items()]
    lines += [
        (b"cache-control", Caching.NOBODY.value),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})
