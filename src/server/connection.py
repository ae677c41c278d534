"""HTTP connections of our server: uvicorn's, and a way to cut one at once.

Closing a connection waits until everything is sent, which is never if the client
takes nothing; ASGI itself knows no other end.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_EXTENSION = "butlery.abort"


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request the extension that `abort_of` reads."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"abort": self.transport.abort}}


def abort_of(scope: Any) -> Callable[[], None]:
    """Return what cuts a request's connection; nothing does so in other servers."""
    extension = (scope.get("extensions") or {}).get(_EXTENSION, {})
    abort: Callable[[], None] = extension.get("abort", lambda: None)
    return abort
