"""One request to a direct route: what was sent, and how it is answered."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from litestar.types import Receive, Send

from ...cache import Trail
from ..caching import Caching
from ..requests import TextHeaders, read_flag
from ..served import Served
from ..trails import RawHeader, headers_of

_JSON = (b"content-type", b"application/json")
_OK, _NOT_MODIFIED = 200, 304


class DisconnectedError(Exception):
    """The client has gone before it had said everything."""


class Call:
    """A request that `Direct` answers.

    Parameters
    ----------
    scope, receive, send
        Of ASGI.
    served
        The repository that it is about.
    headers
        As they came, by lower-case name.

    Attributes
    ----------
    trail
        Where is noted how it was answered.
    """

    __slots__ = ("_receive", "_send", "raw_headers", "scope", "served", "trail")

    def __init__(
        self,
        scope: Any,
        receive: Receive,
        send: Send,
        served: Served,
        headers: Mapping[bytes, bytes],
    ) -> None:
        self.scope = scope
        self.served = served
        self.raw_headers = headers
        self.trail = Trail()
        self._receive = receive
        self._send = send

    @property
    def method(self) -> str:
        """The method."""
        return str(self.scope["method"])

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers as texts."""
        return TextHeaders(self.raw_headers)

    def query_flag(self, name: str) -> bool:
        """Return a boolean query parameter, as `query_flag` does."""
        query: bytes = self.scope["query_string"]
        if not query:
            return False
        values = parse_qs(query.decode("latin-1"), keep_blank_values=True)
        return read_flag(name, values.get(name, ["false"])[-1])

    async def body(self) -> bytes:
        """Return the whole body.

        Raises
        ------
        DisconnectedError
            If the client has gone.
        """
        body = b""
        while True:
            message: Any = await self._receive()
            if message["type"] != "http.request":
                raise DisconnectedError
            part: bytes = message.get("body", b"")
            body += part
            if not message.get("more_body", False):
                return body

    async def answer(
        self,
        content: bytes,
        caching: Caching,
        *,
        status: int = _OK,
        headers: tuple[RawHeader, ...] = (),
        tag: str | None = None,
    ) -> None:
        """Send the whole answer.

        Parameters
        ----------
        tag
            Of the content, if it may be kept; a client that knows it gets no content.
        """
        lines = [(b"cache-control", caching.value), *headers]
        if tag is not None:
            lines.append((b"etag", tag.encode()))
        if status == _NOT_MODIFIED:
            content = b""
        else:
            lines += [_JSON, (b"content-length", b"%d" % len(content))]
        lines += headers_of(self.trail)
        await self._send(
            {"type": "http.response.start", "status": status, "headers": lines}
        )
        await self._send(
            {"type": "http.response.body", "body": content, "more_body": False}
        )
