"""HTTP connections of our server: uvicorn's, a way to cut one, and whose it is."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .cutting import EXTENSION
from .peer import EXTENSION as PEER


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request the extensions that `abort_of` and `peer_of` read."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {
            EXTENSION: {"abort": self.transport.abort},
            PEER: {"address": self.client[0] if self.client else ""},
        }
