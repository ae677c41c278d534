"""The contract of a transport: frames to everybody, in one order, or a warning.

Each frame goes to every participant, its sender included. From the moment that
`connected` is true none is lost unnoticed: a loss of continuity shows as one
`Interrupted`, handed out when the transport has found a new place to go on from,
and before `connected` is true again. So whoever has taken it has also taken the
whole time without a connection into account.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

MAX_FRAME_BYTES = 1024 * 1024
"""No transport carries a larger frame."""


class TransportError(Exception):
    """A frame may not have been sent."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Frames may have been lost before this point."""

    reason: str


class Transport(Protocol):
    """One participant."""

    @property
    def connected(self) -> bool:
        """Whether what others send now will arrive here."""

    async def open(self) -> None:
        """Make ready. Neither fails nor waits when the other end is away."""

    async def close(self) -> None:
        """Leave, and let `receive` end."""

    async def send(self, data: bytes) -> None:
        """Send a frame; those of concurrent calls leave in the order of the calls.

        Raises
        ------
        TransportError
            Soon, if the other end is away, slow, or the frame is too large. The
            frame may have been sent nevertheless.
        """

    def receive(self) -> AsyncGenerator[bytes | Interrupted, None]:
        """Connect, and again whenever needed, and hand out what arrives.

        To be read by one task. Ends only after `close`.
        """


class Backoff:
    """Waits between attempts: 50 ms, doubling up to 500 ms, with jitter.

    Parameters
    ----------
    sleep
        Suspends for some seconds.
    uniform
        Returns a random number between two others.
    """

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._sleep = sleep
        self._uniform = uniform
        self.reset()

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._longest = 0.1

    async def wait(self) -> None:
        """Wait; the next time it is longer."""
        seconds = self._uniform(0.05, self._longest)
        self._longest = min(0.5, self._longest * 2)
        await self._sleep(seconds)


def check_size(data: bytes) -> None:
    """Refuse a frame that is too large for any transport."""
    if len(data) > MAX_FRAME_BYTES:
        raise TransportError(
            f"A frame of {len(data)} bytes is larger than {MAX_FRAME_BYTES}."
        )
