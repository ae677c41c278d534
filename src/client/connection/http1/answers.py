"""Parses one answer at a time, as its bytes come."""

from collections.abc import Callable
from typing import Any

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpResponseParser,
)

from ..messages import LostError
from ..packing import Unpacking, unpacking_of

_MOST_HEAD_BYTES = 65_536
_OK = 200


class Answer:
    """One answer of a server; made anew for each.

    Parameters
    ----------
    begun
        Is given status and headers, and returns what takes the body.

    Attributes
    ----------
    is_complete
        Whether all of it has come.
    sink
        What takes the body; `None` until the headers are there.
    """

    def __init__(self, begun: Callable[[int, dict[str, str]], Any]) -> None:
        self._begun = begun
        self._parser = HttpResponseParser(self)
        self._head_bytes = 0
        self._keeps = False
        self._feed: Callable[[bytes], None] | None = None
        self._unpacking: Unpacking | None = None
        self.sink: Any = None
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False

    def take(self, data: bytes) -> None:
        """Take what comes next.

        Raises
        ------
        LostError
            If it is no HTTP.
        """
        if self._feed is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserCallbackError as error:
            # What takes the body has raised it.
            raise error.__context__ or error from None
        except (HttpParserError, HttpParserUpgrade) as error:
            self._keeps = False
            if not self.is_complete:
                raise LostError(f"the answer is no HTTP: {error}") from error
        if self._feed is None and self._head_bytes > _MOST_HEAD_BYTES:
            raise LostError("the answer's headers do not end")

    def end(self) -> None:
        """Take note that nothing more will come.

        Raises
        ------
        LostError
            If something is missing.
        """
        is_framed = {"content-length", "transfer-encoding"} & self.headers.keys()
        if self.is_complete or (self._feed is not None and not is_framed):
            self.on_message_complete()
            return
        raise LostError("the connection ended before the answer did")

    @property
    def may_be_followed(self) -> bool:
        """Whether the connection can answer another request."""
        return self.is_complete and self._keeps

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; the values of equal names are joined (RFC 9110, 5.3)."""
        if self.is_complete:  # another answer, to nothing that was asked
            self._keeps = False
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self.headers.get(key)
        self.headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """Begin with the body."""
        if self.is_complete:
            self._keeps = False
            return
        self.status = self._parser.get_status_code()
        if self.status < _OK:  # more will come (RFC 9110, 15.2)
            self.headers = {}
            return
        self._keeps = self._parser.should_keep_alive()
        self.sink = self._begun(self.status, self.headers)
        self._feed = self.sink.feed
        self._unpacking = unpacking_of(self.headers)

    def on_body(self, data: bytes) -> None:
        """Pass a part of the body on."""
        if self._feed is None or self.is_complete:
            return
        pieces = [data] if self._unpacking is None else self._unpacking.pieces(data)
        for piece in pieces:
            self._feed(piece)

    def on_message_complete(self) -> None:
        """Take note of the end."""
        if self.is_complete or self._feed is None:
            return
        if self._unpacking is not None:
            self._unpacking.end()
        self.is_complete = True
