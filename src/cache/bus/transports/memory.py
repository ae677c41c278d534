"""The same stream inside one process, with the same bounds and the same losses."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from .base import Backoff, Interrupted, TransportError, check_size


class _Mailbox:
    """What waits for one participant, until it is cut off."""

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.waiting_bytes = 0
        self.is_cut = False
        self._news = asyncio.Event()

    def put(self, data: bytes) -> None:
        self.frames.append(data)
        self.waiting_bytes += len(data)
        self._news.set()

    def cut(self) -> None:
        self.is_cut = True
        self._news.set()

    async def get(self) -> bytes | None:
        """Return the next frame, or None when there will be no more."""
        while not self.frames:
            if self.is_cut:
                return None
            self._news.clear()
            await self._news.wait()
        data = self.frames.popleft()
        self.waiting_bytes -= len(data)
        return data


class MemoryHub:
    """Brings every frame to everybody.

    Parameters
    ----------
    max_waiting_bytes
        How much may wait for one participant before it is cut off.
    """

    def __init__(self, *, max_waiting_bytes: int = 8 * 1024 * 1024) -> None:
        self._max_waiting_bytes = max_waiting_bytes
        self._mailboxes: set[_Mailbox] = set()
        self._is_up = False

    async def start(self) -> None:
        """Let participants join."""
        self._is_up = True

    async def stop(self) -> None:
        """Cut everybody off and let nobody join."""
        self._is_up = False
        for mailbox in tuple(self._mailboxes):
            self.leave(mailbox)

    def join(self) -> _Mailbox | None:
        """Return a place for a participant, or None if the hub is away."""
        if not self._is_up:
            return None
        mailbox = _Mailbox()
        self._mailboxes.add(mailbox)
        return mailbox

    def leave(self, mailbox: _Mailbox) -> None:
        """Send a participant nothing more."""
        self._mailboxes.discard(mailbox)
        mailbox.cut()

    def spread(self, data: bytes) -> None:
        """Put a frame before all participants."""
        for mailbox in tuple(self._mailboxes):
            mailbox.put(data)
            if mailbox.waiting_bytes > self._max_waiting_bytes:
                self.leave(mailbox)


class MemoryTransport:
    """One participant of a `MemoryHub`."""

    def __init__(self, hub: MemoryHub, *, backoff: Backoff | None = None) -> None:
        self._hub = hub
        self._backoff = backoff or Backoff()
        self._mailbox: _Mailbox | None = None
        self._lost = False
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the hub brings its frames to us."""
        return self._mailbox is not None and not self._mailbox.is_cut

    async def open(self) -> None:
        """Do nothing: `receive` joins."""

    async def close(self) -> None:
        """Leave the hub."""
        self._closed = True
        if self._mailbox is not None:
            self._hub.leave(self._mailbox)

    async def send(self, data: bytes) -> None:
        """Bring a frame to all participants."""
        check_size(data)
        if not self.connected:
            raise TransportError("The hub of this process is away.")
        self._hub.spread(data)

    async def receive(self) -> AsyncGenerator[bytes | Interrupted, None]:
        """Hand out what the hub brings."""
        while not self._closed:
            mailbox = self._hub.join()
            if mailbox is None:
                await self._backoff.wait()
                continue
            self._backoff.reset()
            try:
                if self._lost:
                    yield Interrupted("the hub cut us off")
                self._mailbox = mailbox
                while (data := await mailbox.get()) is not None:
                    yield data
            finally:
                self._lost = True
                self._hub.leave(mailbox)
                self._mailbox = None
