"""Who is really connected, whomever a proxy names."""

from typing import Any

EXTENSION = "butlery.peer"
"""Of the request's scope; the server's own protocol sets it."""


def peer_of(scope: Any) -> str:
    """Return the address of who is connected.

    The ``client`` of a request is whom a trusted proxy names in ``X-Forwarded-For``,
    which may be anybody; it counts only in other servers.
    """
    known = (scope.get("extensions") or {}).get(EXTENSION)
    if known is not None:
        return str(known["address"])
    client = scope.get("client")
    return str(client[0]) if client else ""
