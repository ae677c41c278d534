"""One connection that sends, waits for the whole answer and sends again.

All connections of a run write into one `Tally`, which also tells them when to
count and when to stop. At most one request per connection is on its way.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import cast

from .response import MalformedResponseError, ResponseParser


class Tally:
    """What all connections of a run write into; ``counting`` opens the clock."""

    __slots__ = ("answered", "counting", "errors", "latencies", "sending", "waiting")

    def __init__(self) -> None:
        self.counting = False
        self.sending = True
        self.waiting = 0
        self.errors = 0
        self.answered = 0
        self.latencies: list[float] = []


class Connection(asyncio.Protocol):
    """One connection with at most one request on its way.

    Parameters
    ----------
    messages
        Endless: the bytes of one request after another.
    tally
        Where latencies and errors are counted.
    """

    __slots__ = (
        "_answered",
        "_counted",
        "_messages",
        "_parser",
        "_sent_at",
        "_tally",
        "_transport",
        "closed",
    )

    def __init__(self, messages: Iterator[bytes], tally: Tally) -> None:
        self._messages = messages
        self._tally = tally
        self._parser = ResponseParser()
        self._answered = True
        self._counted = False
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # Not a subclass: uvloop's transports only look like one.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Look for the end of the answer; send the next request."""
        try:
            status = self._parser.feed(data)
        except MalformedResponseError:
            self._transport.abort()  # counted where the connection is lost
            return
        if status:
            self._finish(200 <= status < 300)
            if self._parser.closing:
                self._transport.close()
            else:
                self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count what was on its way as an error."""
        del exc
        if not self._answered:
            self._finish(succeeded=False)
        self.closed.set()

    def _send(self) -> None:
        tally = self._tally
        if not tally.sending:
            self._transport.close()
            return
        self._answered = False
        self._counted = tally.counting
        tally.waiting += 1
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._messages))

    def _finish(self, succeeded: bool) -> None:  # noqa: FBT001 - hot, and private
        self._answered = True
        tally = self._tally
        tally.waiting -= 1
        if succeeded and tally.counting:
            tally.answered += 1
        if not self._counted:
            return
        if succeeded:
            tally.latencies.append(time.perf_counter() - self._sent_at)
        else:
            tally.errors += 1
