"""HTTP connections of our server: uvicorn's, and a way to cut one at once."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .cutting import EXTENSION


class AbortableProtocol(HttpToolsProtocol):
    """Gives each request the extension that `abort_of` reads."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"abort": self.transport.abort}}
