"""A stream over a hub in memory, whose heart beats when a test says so."""

import asyncio

from butlery.cache.bus import (
    ChangeStream,
    Delivery,
    Envelope,
    Gap,
    GapReason,
    MemoryHub,
    MemoryTransport,
    Message,
    encode,
)
from butlery.cache.bus.transports import Backoff
from tests.cache.follower.keeping import Clock


class Heart:
    """A sleep that ends when a test lets it."""

    def __init__(self) -> None:
        self._beat = asyncio.Event()

    async def sleep(self, _: float) -> None:
        self._beat.clear()
        await self._beat.wait()

    def beat(self) -> None:
        self._beat.set()


class Player:
    """One process on the stream, and all that it was handed."""

    def __init__(self, hub: MemoryHub, clock: Clock, name: str, epoch: str) -> None:
        self.heart = Heart()
        self.transport = MemoryTransport(hub, backoff=Backoff(yielding))
        self.stream = ChangeStream(
            self.transport, name, epoch, clock=clock, sleep=self.heart.sleep
        )
        self.events: list[Delivery | Gap] = []
        self.reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.stream.open()
        self.read()
        await rest()

    def read(self) -> None:
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.stream.deliveries():
            self.events.append(event)

    def is_live(self) -> bool:
        return self.stream.live  # called anew: mypy believes a property for ever

    @property
    def messages(self) -> list[Message]:
        return [e.message for e in self.events if isinstance(e, Delivery)]

    @property
    def gaps(self) -> list[GapReason]:
        return [e.reason for e in self.events if isinstance(e, Gap)]


class Stage:
    """A hub, a clock and the players."""

    def __init__(self) -> None:
        self.hub = MemoryHub()
        self.clock = Clock()
        self.players: list[Player] = []

    async def add(self, name: str, epoch: str = "1") -> Player:
        player = Player(self.hub, self.clock, name, epoch)
        self.players.append(player)
        await player.open()
        return player

    async def beat(self, *players: Player, seconds: float = 0.5) -> None:
        """Let time pass, and then these hearts beat: all, if none is named."""
        self.clock.now += seconds
        for player in players or self.players:
            player.heart.beat()
        await rest()

    async def inject(
        self, number: int, message: Message, name: str = "x", epoch: str = "1"
    ) -> None:
        """Send what a publisher would that loses what it likes."""
        self.hub.spread(encode(Envelope(epoch, name, number, message)))
        await rest()

    async def close(self) -> None:
        for player in self.players:
            await player.stream.close()


async def yielding(_: float) -> None:
    """Wait no longer than it takes the others to go on."""
    await asyncio.sleep(0)


async def rest() -> None:
    """Let every task run until it waits, over some layers of tasks."""
    for _ in range(100):
        await asyncio.sleep(0)
