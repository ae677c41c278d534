"""Who may keep an answer, and for how long: decided here, for all of them.

A route declares its `Caching` in its ``opt``; one that declares nothing, an unknown
route and every error may be kept by nobody. The tag of an answer is a digest of its
very bytes: it cannot outlive them, and says nothing to whoever may not have them.
Source of the rules: RFC 9110 and 9111.
"""

from collections.abc import Awaitable
from enum import Enum
from hashlib import blake2b
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from .files.ranges import matches_etag

CACHING = "caching"
"""Key of a route's `Caching` in its ``opt``."""

_RawHeader = tuple[bytes, bytes]

_FIRST_ERROR = 400
_OK = 200
_TAG_BYTES = 12
_CONTROL = b"cache-control"
_OF_THE_BODY = (b"content-length", b"content-type", b"content-disposition")


class Caching(Enum):
    """Who may keep the answers of a route; the value is its ``Cache-Control``."""

    NOBODY = b"no-store"
    """They sign URLs, or are true for a moment."""
    CLIENT = b"private, no-cache"
    """The user's own cache, which asks each time whether they still hold."""
    ANYBODY = b"no-cache"
    """Also shared caches, which ask each time: they are the same for all users."""
    FILE = b"private, no-store"
    """Nobody; they have validators of their own, for downloads that go on later."""

    @property
    def is_validated(self) -> bool:
        """Whether it is kept, to be asked for again by its tag."""
        return self is Caching.CLIENT or self is Caching.ANYBODY


class Cached:
    """The application; each of its answers says who may keep it.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and complete the beginning of the answer."""
        # The framework writes into this same dictionary.
        noted: dict[str, Any] = scope  # type: ignore[assignment]
        tagged: _Tagged | None = None

        def send_completed(message: Message) -> Awaitable[None]:
            nonlocal tagged
            if message["type"] == "http.response.start":
                status, method = message["status"], noted["method"]
                caching = _declared(noted, status)
                if caching.is_validated and status == _OK and method == "GET":
                    tagged = _Tagged(noted, message, caching)
                    return tagged.begin()
                message["headers"] = [
                    *_without(message["headers"], _CONTROL),
                    (_CONTROL, caching.value),
                ]
            elif tagged is not None:
                return tagged.add(message, send)
            return send(message)

        await self._app(scope, receive, send_completed)


def _declared(scope: dict[str, Any], status: int) -> Caching:
    handler = scope.get("route_handler")
    if handler is None or status >= _FIRST_ERROR:
        return Caching.NOBODY
    declared: Caching = handler.opt.get(CACHING, Caching.NOBODY)
    return declared


class _Tagged:
    """An answer that is held back until its whole body is known, and so its tag.

    Nothing large is answered this way.
    """

    def __init__(self, scope: dict[str, Any], start: Any, caching: Caching) -> None:
        self._scope = scope
        self._start = start
        self._caching = caching
        self._body = b""

    async def begin(self) -> None:
        """Send nothing yet."""

    async def add(self, message: Any, send: Send) -> None:
        """Add a part of the body; with the last, send all that the client needs."""
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        start, body = self._start, self._body
        headers = _without(start["headers"], _CONTROL, b"etag")
        tag = tag_of(body)
        if is_known(self._scope, tag):
            start["status"], body = 304, b""
            headers = _without(headers, *_OF_THE_BODY)
        headers += [(_CONTROL, self._caching.value), (b"etag", tag.encode())]
        start["headers"] = headers
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})


def tag_of(body: bytes) -> str:
    """Return the tag of an answer."""
    return f'"{blake2b(body, digest_size=_TAG_BYTES).hexdigest()}"'


def is_known(scope: Any, tag: str) -> bool:
    """Tell whether a client says that it has the content with this tag."""
    lines = [value for name, value in scope["headers"] if name == b"if-none-match"]
    return bool(lines) and matches_etag(b",".join(lines).decode("latin-1"), tag)


def _without(headers: Any, *names: bytes) -> list[_RawHeader]:
    return [header for header in headers if header[0].lower() not in names]
