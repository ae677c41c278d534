"""HTTP connections of our server: uvicorn's, a way to cut one, and whose it is."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .cutting import EXTENSION

_PEER = "butlery.peer"


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request the extensions that `abort_of` and `peer_of` read."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {
            EXTENSION: {"abort": self.transport.abort},
            _PEER: {"address": self.client[0] if self.client else ""},
        }


def peer_of(scope: Any) -> str:
    """Return the address of who is really connected.

    The ``client`` of a request is whom a trusted proxy names in ``X-Forwarded-For``,
    which may be anybody.
    """
    known = (scope.get("extensions") or {}).get(_PEER)
    if known is not None:
        return str(known["address"])
    client = scope.get("client")
    return str(client[0]) if client else ""
