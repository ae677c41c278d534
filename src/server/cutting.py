"""A way to cut a request's connection at once.

Closing a connection waits until everything is sent, which is never if the client
takes nothing; ASGI itself knows no other end.
"""

from collections.abc import Callable
from typing import Any

EXTENSION = "butlery.abort"
"""Of the request's scope; the server's own protocol sets it."""


def abort_of(scope: Any) -> Callable[[], None]:
    """Return what cuts a request's connection; nothing does so in other servers."""
    extension = (scope.get("extensions") or {}).get(EXTENSION, {})
    abort: Callable[[], None] = extension.get("abort", lambda: None)
    return abort
