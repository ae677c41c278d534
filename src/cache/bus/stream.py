"""The stream of changes as one process sees it: it says what it has missed.

Whatever was lost is followed by a `Gap` before anything later of its publisher is
handed out. While `live` is true, all that entered the transport more than
`silence_seconds` ago has been handed out, or a gap was: not that something arrived
of late, but that a heartbeat *sent* of late came back proves it. One task reads
`deliveries`; anyone may publish.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from .continuity import Continuity, Verdict
from .echo import Echo
from .events import Counters, Delivery, Gap, GapReason
from .messages import (
    Envelope,
    Farewell,
    Heartbeat,
    Message,
    UnknownMessageError,
    decode,
    encode,
)
from .transports import Interrupted, Transport, TransportError

SEND_SECONDS = 0.25
"""A publisher never waits longer than this."""


class ChangeStream:
    """Publishes to, and follows, one stream.

    Parameters
    ----------
    transport
        Carries the frames. Opened and closed here.
    publisher
        Name of this process, unlike that of any other on the stream.
    epoch
        Random text, new each time this publisher starts.
    clock
        Monotonic time in seconds.
    sleep
        Suspends for some seconds.
    heartbeat_seconds
        Period of the heartbeats.
    silence_seconds
        A publisher, or our own echo, not heard for longer is a gap.
    """

    def __init__(
        self,
        transport: Transport,
        publisher: str,
        epoch: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        heartbeat_seconds: float = 0.5,
        silence_seconds: float = 1.5,
    ) -> None:
        self.counters = Counters()
        self._transport = transport
        self._publisher = publisher
        self._epoch = epoch
        self._clock = clock
        self._sleep = sleep
        self._heartbeat_seconds = heartbeat_seconds
        self._number = 0
        self._continuity = Continuity(silence_seconds)
        self._echo = Echo(silence_seconds)
        self._incoming = transport.receive()
        self._next: asyncio.Task[bytes | Interrupted | None] | None = None
        self._tick = asyncio.Event()
        self._heart: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def live(self) -> bool:
        """Whether nothing older than `silence_seconds` can still be on its way."""
        return self._transport.connected and self._echo.is_fresh(self._clock())

    @property
    def publisher(self) -> str:
        """The name of this process on the stream."""
        return self._publisher

    def publishers(self) -> list[str]:
        """Return the names of the publishers now alive, this one included, sorted."""
        return sorted(self._continuity.alive(self._clock()))

    def lost(self, within_seconds: float) -> list[str]:
        """Return the names of publishers that fell silent of late, sorted.

        They may have ended by a crash, or be cut off and at work.
        """
        return sorted(self._continuity.lost(self._clock(), within_seconds))

    async def open(self) -> None:
        """Begin to connect and to beat. Waits for nobody."""
        await self._transport.open()
        self._next = asyncio.create_task(self._pull())
        self._heart = asyncio.create_task(self._beat())

    async def close(self) -> None:
        """Say farewell, and end the deliveries."""
        if self._closing:
            return
        self._closing = True
        await _end(self._heart)
        await self.publish(Farewell())
        await _end(self._next)
        await self._incoming.aclose()
        await self._transport.close()
        self._tick.set()

    async def publish(self, message: Message) -> bool:
        """Send a message to everybody on the stream, this process included.

        Returns
        -------
        sent
            False if it may not have left within `SEND_SECONDS`. Its number is then
            lost, and the next that arrives is a gap for everybody.
        """
        if not isinstance(message, Heartbeat | Farewell):
            self._number += 1
        envelope = Envelope(self._epoch, self._publisher, self._number, message)
        try:
            # Nothing may wait between the numbering and the transport's own queue.
            async with asyncio.timeout(SEND_SECONDS):
                await self._transport.send(encode(envelope))
        except (TransportError, TimeoutError, ValueError, OverflowError):
            self.counters.send_failures += 1
            return False
        self.counters.sent += 1
        return True

    async def deliveries(self) -> AsyncIterator[Delivery | Gap]:
        """Hand out messages and gaps in order, until the stream is closed.

        Heartbeats and farewells are not handed out. To be read by one task; what
        that task has not asked for yet waits in the transport.
        """
        while not self._closing:
            # Asked for only now: it tells the transport that a gap was taken.
            if self._next is None:
                self._next = asyncio.create_task(self._pull())
            await self._wait(self._next)
            if self._tick.is_set():
                self._tick.clear()
                for gap in self._find_silences():
                    yield gap
            elif self._next.done() and not self._next.cancelled():
                item, self._next = self._next.result(), None
                if item is None:
                    return
                for event in self._interpret(item):
                    yield event

    async def _pull(self) -> bytes | Interrupted | None:
        return await anext(self._incoming, None)

    async def _wait(self, incoming: asyncio.Task[bytes | Interrupted | None]) -> None:
        """Return at the next frame or tick."""
        if incoming.done() or self._tick.is_set():
            # A flood must not keep the heart and the requests from running.
            await asyncio.sleep(0)
            return
        tick = asyncio.create_task(self._tick.wait())
        try:
            await asyncio.wait({incoming, tick}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tick.cancel()

    async def _beat(self) -> None:
        while True:
            self._tick.set()
            beat = self._echo.send(self._clock())
            await self.publish(Heartbeat(beat))
            await self._sleep(self._heartbeat_seconds)

    def _interpret(self, item: bytes | Interrupted) -> Iterator[Delivery | Gap]:
        if isinstance(item, Interrupted):
            self._echo.reset()
            yield self._gap(GapReason.INTERRUPTED, item.reason)
            return
        self.counters.received += 1
        try:
            envelope = decode(item)
        except UnknownMessageError as error:
            self.counters.unknown += 1
            yield self._gap(GapReason.UNKNOWN_MESSAGE, str(error))
            return
        verdict, gap = self._continuity.take(envelope, self._clock())
        self.counters.duplicates += verdict is Verdict.DUPLICATE
        self.counters.reordered += verdict is Verdict.REORDERED
        if gap is not None:
            yield self._gap(gap, envelope.publisher)
        if verdict is Verdict.NEW:
            yield from self._hand_out(envelope)

    def _hand_out(self, envelope: Envelope) -> Iterator[Delivery]:
        message = envelope.message
        if not isinstance(message, Heartbeat | Farewell):
            yield Delivery(envelope.publisher, message)
        elif isinstance(message, Heartbeat) and self._is_ours(envelope):
            self._echo.hear(message.beat)

    def _find_silences(self) -> Iterator[Gap]:
        now = self._clock()
        silent = set(self._continuity.fall_silent(now)) - {self._publisher}
        for name in sorted(silent):
            yield self._gap(GapReason.SILENT_PUBLISHER, name)
        if self._echo.lose(now):
            yield self._gap(GapReason.NO_ECHO, self._publisher)

    def _gap(self, reason: GapReason, detail: str) -> Gap:
        self.counters.gaps[reason] += 1
        return Gap(reason, detail)

    def _is_ours(self, envelope: Envelope) -> bool:
        return (envelope.publisher, envelope.epoch) == (self._publisher, self._epoch)


async def _end(task: asyncio.Task[object] | None) -> None:
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
