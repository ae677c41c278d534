"""HTTP connections of our server: uvicorn's, with bounds, and what ASGI does not tell.

A client that is slow, or sends more than there may be, costs one connection, and not
for ever. It is looked for now and then, at all connections: requests need no timers.
"""

import asyncio
import math
from collections import deque
from typing import Any

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from ..protocol.errors import ProblemResponse
from ..protocol.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from ..protocol.scalars import encode_json
from .cutting import EXTENSION, SENT
from .patience import Patience
from .peer import EXTENSION as PEER

_logger = structlog.get_logger("butlery.server")

# Of what comes behind a head, with whatever divides it into chunks, and whether or not
# anybody reads it.
_MOST_BEHIND_HEAD = 2 * MAX_BODY_BYTES
_REQUEST_TIMEOUT, _BODY_TOO_LARGE, _HEAD_TOO_LARGE = 408, 413, 431
_TOO_LARGE_HEAD = (
    f"The request line and the headers are larger than {MAX_HEAD_BYTES} bytes."
)
_TOO_LARGE_BODY = f"The body is larger than {MAX_BODY_BYTES} bytes."
_PATIENCE = Patience()
# Where headers behind a body go: nobody reads them, and they may be very many.
_NOWHERE: deque[tuple[bytes, bytes]] = deque(maxlen=0)


class HeadTooLargeError(Exception):
    """What `AbortableProtocol` tells the parser, to stop it."""


class AbortableProtocol(HttpToolsProtocol):
    """Bounds time and size of requests, and gives each what `cutting` and `peer` read.

    Parameters
    ----------
    config, server_state, app_state, _loop
        Of uvicorn.
    patience
        How long what may take.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        patience: Patience = _PATIENCE,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = patience
        self._looks: asyncio.TimerHandle | None = None
        self._in_head = True
        # Until when it must be here, once a look has found that it is waited for.
        self._due = math.inf
        # How much of it has come, and how much may.
        self._received = 0
        self._most = MAX_HEAD_BYTES
        # How much waited to be sent, and since when; `None`: the client takes it.
        self._unread: tuple[int, float] | None = None
        self._extensions: dict[str, Any] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._extensions = {
            EXTENSION: {"abort": transport.abort},
            SENT: {"wait": self._wait_until_taken},
            PEER: {"address": self.client[0] if self.client else ""},
        }
        self._looks = self.loop.call_later(self._patience.look_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        if self._looks is not None:
            self._looks.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request."""
        self._received += len(data)
        super().data_received(data)
        if self._received > self._most:
            if self._in_head:
                self._refuse(_HEAD_TOO_LARGE, _TOO_LARGE_HEAD)
            else:
                self._refuse(_BODY_TOO_LARGE, _TOO_LARGE_BODY)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = self._extensions.copy()

    def on_headers_complete(self) -> None:
        """Begin its body, if it has one."""
        if self._received > MAX_HEAD_BYTES and self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLargeError  # to the parser
        self._in_head, self._received, self._most = False, 0, _MOST_BEHIND_HEAD
        self._due = math.inf
        super().on_headers_complete()
        self.headers = _NOWHERE  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_head, self._received, self._most = True, 0, MAX_HEAD_BYTES
        self._due = math.inf
        super().on_message_complete()

    def resume_writing(self) -> None:
        """Go on sending: the client has taken what waited."""
        self._unread = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not understand, or was told not to read."""
        if self._in_head and self._received > MAX_HEAD_BYTES:
            self._refuse(_HEAD_TOO_LARGE, _TOO_LARGE_HEAD)
        else:
            super().send_400_response(msg)

    @property
    def _is_receiving(self) -> bool:
        """Whether the client has begun a request, and not ended it."""
        if self._received or not self._in_head:
            return True
        # Neither does the server answer, nor does uvicorn wait for the next request: a
        # new connection, or one on which only line ends have come.
        is_answered = self.cycle is None or self.cycle.response_complete
        return is_answered and self.timeout_keep_alive_task is None

    @property
    def _head_bytes(self) -> int:
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.url) + lines

    def _wait_until_taken(self) -> Any:
        """Return what waits until little of the answer is left to be sent."""
        return self.flow.drain() if self.flow.write_paused else None

    def _look(self) -> None:
        """Close the connection if the client is too slow."""
        now, patience = self.loop.time(), self._patience
        self._looks = self.loop.call_later(patience.look_seconds, self._look)
        is_closing = self.transport.is_closing()
        if self.flow.write_paused or is_closing:
            self._look_at_unread(now)
        else:
            self._unread = None
        if not is_closing:
            self._look_at_request(now)

    def _look_at_request(self, now: float) -> None:
        patience = self._patience
        if not self._is_receiving:
            self._due = math.inf
        elif self._due == math.inf:
            seconds = patience.head_seconds if self._in_head else patience.body_seconds
            self._due = now + seconds
        elif self.flow.read_paused:
            self._due += patience.look_seconds  # it is the server that waits
        elif now >= self._due and self._in_head and not self._received:
            self.transport.close()  # it was opened in advance
        elif now >= self._due:
            part = "headers" if self._in_head else "body"
            self._refuse(_REQUEST_TIMEOUT, f"The {part} did not come in time.")

    def _look_at_unread(self, now: float) -> None:
        size = self.transport.get_write_buffer_size()
        known, since = self._unread or (math.inf, now)
        if size <= known - self._patience.unread_bytes:
            self._unread = size, now
        elif now >= since + self._patience.unread_seconds:
            self._log("the client takes nothing")
            self.transport.abort()

    def _refuse(self, status: int, detail: str) -> None:
        """Close the connection, with an answer if none has begun."""
        if self.transport.is_closing():
            return
        self._log(detail)
        if self._can_answer:
            body = encode_json(ProblemResponse(detail))
            head = (
                b"content-type: application/json\r\ncache-control: no-store\r\n"
                b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            self.transport.write(STATUS_LINE[status] + head + body)
            if not self._in_head:
                # Who waits for the body is told, and what they say goes nowhere.
                self.cycle.disconnected = True
                self.cycle.message_event.set()
        self.transport.close()

    @property
    def _can_answer(self) -> bool:
        if self.pipeline:
            return False
        if self._in_head:
            return self.cycle is None or self.cycle.response_complete
        return not self.cycle.response_started

    def _log(self, reason: str) -> None:
        peer = self.client[0] if self.client else ""
        _logger.info("connection-refused", peer=peer, reason=reason)
