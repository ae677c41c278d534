"""A crowd that asks while Redis is away, and what it was told.

Some of what it asks for is changed meanwhile, so that stale answers can be told.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.postgres_process import wait_until
from tests.support.servers import ButleryServer

from .client import Reply, encode
from .load import Load, hit_share, load, within_ms
from .place import Place
from .streamed import CHANGING, POLL_SECONDS, STEADY, asked_by
from .writing import Put, put

STALE_SECONDS = POLL_SECONDS + 1.0
POLLED_SECONDS = 1.0
SILENCE_SECONDS = 1.5
"""A stream that takes and brings nothing is known to be silent after this."""
LIVE_SECONDS = 3.0
WAITING_MS = 200
"""Who waits for Redis waits at least so long."""
MOST = 0.75
"""Of the rest, some may wait for a processor that others use."""
HITS = 0.5
"""Without a cache, none; how many really depends on how fast the machine asks."""


@dataclass
class Asking:
    """What a crowd was told while Redis was away and came back."""

    server: ButleryServer
    place: Place
    found: Load
    changing: list[tuple[int, int]]
    puts: list[Put] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    """When Redis went away, and when it was back."""

    @contextmanager
    def away(self) -> Iterator[None]:
        """Note that Redis is away in the context; then wait until it is heard."""
        self.wait_until_live()
        away_at = time.monotonic()
        yield
        self.times.append((away_at, time.monotonic()))
        self.wait_until_live()

    def wait_until_live(self) -> None:
        wait_until("stream", lambda: self.found.replies[-1].state == "LIVE")

    def change_something(self) -> None:
        """Change what one of the questions is answered."""
        self.puts.append(put(self.place, *self.changing.pop()))

    def stale(self) -> list[Reply]:
        """Return the answers that had been untrue for too long."""
        return [
            reply
            for put in self.puts
            for reply in self._asked_late(put)
            if reply.body["dataset_ref"]["id"] != put.id
        ]

    def checked(self) -> int:
        return sum(len(self._asked_late(put)) for put in self.puts)

    def _asked_late(self, put: Put) -> list[Reply]:
        message = encode(self.server, asked_by(put.user, put.detector))
        late = self.found.between(put.committed_at + STALE_SECONDS)
        return [reply for reply in late if reply.message == message]

    def seconds_until_polled(self) -> list[float]:
        return [
            next(r.asked_at for r in self.found.between(away) if r.state == "POLLED")
            - away
            for away, _ in self.times
        ]

    def seconds_until_live(self) -> list[float]:
        return [
            next(r.asked_at for r in self.found.between(back) if r.state == "LIVE")
            - back
            for _, back in self.times
        ]


@contextmanager
def asking_steadily(
    server: ButleryServer, place: Place, report: Callable[[str], None], changes: int
) -> Iterator[Asking]:
    """Let a crowd ask, some of it for what is going to change."""
    changing = [CHANGING.pop() for _ in range(changes)]
    requests = [*STEADY, *(asked_by(*each) for each in changing)]
    with load(server, requests, clients=6, pause_seconds=0.005) as found:
        time.sleep(0.3)
        asking = Asking(server, place, found, changing)
        yield asking
        last = asking.puts[-1].committed_at + STALE_SECONDS + 0.5
        time.sleep(max(0.0, last - time.monotonic()))
    polled = max(asking.seconds_until_polled(), default=0)
    live = max(asking.seconds_until_live(), default=0)
    report(
        f"{len(found.replies)} answers, {hit_share(found.replies):.1%} hits,"
        f" {len(asking.stale())} of {asking.checked()} stale, {MOST:.0%} in"
        f" {within_ms(found.replies, MOST):.0f} ms; POLLED after at most"
        f" {polled:.2f} s, LIVE again after {live:.2f} s"
    )


def check(asking: Asking, polled_seconds: float = 0.0) -> None:
    found = asking.found
    assert (found.broken, found.refused) == ([], 0)
    assert set(found.statuses()) == {200}
    assert not asking.stale()
    assert asking.checked() >= len(asking.puts)
    assert within_ms(found.replies, MOST) <= WAITING_MS
    assert hit_share(found.replies) >= HITS
    assert max(asking.seconds_until_polled(), default=0) <= polled_seconds
    assert max(asking.seconds_until_live(), default=0) <= LIVE_SECONDS
