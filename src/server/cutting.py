"""What an answer's connection can do that ASGI does not know of.

It can be cut at once: closing it waits until everything is sent, which is never if the
client takes nothing. And it can be waited for: what was sent is not yet taken.
"""

from collections.abc import Awaitable, Callable
from typing import Any

EXTENSION = "butlery.abort"
"""Of the request's scope; the server's own protocol sets it."""

SENT = "butlery.sent"
"""Another, with what returns a coroutine that waits, or `None`."""


def abort_of(scope: Any) -> Callable[[], None]:
    """Return what cuts a request's connection; nothing does so in other servers."""
    extension = (scope.get("extensions") or {}).get(EXTENSION, {})
    abort: Callable[[], None] = extension.get("abort", lambda: None)
    return abort


async def wait_until_sent(scope: Any) -> None:
    """Wait until the client has taken nearly all that was sent, or has gone."""
    extension = (scope.get("extensions") or {}).get(SENT)
    if extension is not None:
        waiting: Awaitable[None] | None = extension["wait"]()
        if waiting is not None:
            await waiting
