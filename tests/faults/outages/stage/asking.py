"""Two crowds that ask while the database is away: for what is permanent, and the rest.

What holds, whatever is wrong with the database, is checked here.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.coherence.watching.requests import Request, files, find, find_files
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

from .client import Reply
from .counting import most_connections
from .load import FOREVER, Load, load, within_ms
from .stock import TOP, TYPE, data_id, dataset_id, user_chain
from .streamed import POLL_SECONDS

DEADLINE_SECONDS = 2.0
LEASE_SECONDS = POLL_SECONDS + 1.0
NORMAL_SECONDS = 2.0
MOST_CONNECTIONS = 8
MOST = 0.95
SLACK_SECONDS = 0.5
_SHOWN_SECONDS = 0.8

_KEYS = 40
PERMANENT = [
    each
    for n in range(_KEYS)
    for each in (
        find(TYPE, data_id(n), TOP),
        find_files(TYPE, data_id(n), TOP),
        files(dataset_id(n)),
    )
]
DYNAMIC: list[Request] = [find(TYPE, data_id(n), user_chain(n)) for n in range(_KEYS)]


@dataclass
class Asking:
    """What two crowds were told, and when the database was away."""

    permanent: Load
    dynamic: Load
    away_at: float = 0.0
    back_at: float = 0.0

    @property
    def refusals(self) -> list[Reply]:
        return [r for r in self.dynamic.between(self.away_at) if r.is_refusal]

    @property
    def normal_seconds(self) -> float:
        """Return how long after its return an answer came, and no refusal later."""
        last = max((reply.came_at for reply in self.refusals), default=0.0)
        last = max(last, self.back_at)
        good = (r.came_at for r in self.dynamic.between(self.away_at) if r.is_good)
        return min((at for at in good if at > last), default=FOREVER) - self.back_at

    def begin(self) -> None:
        self.away_at = time.monotonic()

    def end(self) -> None:
        """Note that the database is back; wait until that has shown for a while."""
        self.back_at = time.monotonic()
        while time.monotonic() < self._shown_at:
            time.sleep(0.05)

    @property
    def _shown_at(self) -> float:
        return self.back_at + min(self.normal_seconds, NORMAL_SECONDS) + _SHOWN_SECONDS


@contextmanager
def asking_both(
    server: ButleryServer, cluster: PostgresCluster, report: Callable[[str], None]
) -> Iterator[Asking]:
    """Let two crowds ask as long as the context lasts."""
    with ExitStack() as stack:
        connections = stack.enter_context(most_connections(cluster))
        permanent = stack.enter_context(load(server, PERMANENT))
        dynamic = stack.enter_context(load(server, DYNAMIC))
        asking = Asking(permanent, dynamic)
        time.sleep(0.3)
        yield asking
    assert max(connections) <= MOST_CONNECTIONS
    away = asking.permanent.between(asking.away_at, asking.back_at)
    report(
        f"{len(away)} permanent answers, {MOST:.0%} in"
        f" {within_ms(away, MOST):.0f} ms; {len(asking.refusals)} refusals, half in"
        f" {within_ms(asking.refusals, 0.5):.0f} ms, {MOST:.0%} in"
        f" {within_ms(asking.refusals, MOST):.0f} ms; normal after"
        f" {asking.normal_seconds:.2f} s; at most {max(connections)} connections"
    )


def check(asking: Asking, soon_ms: float) -> None:
    """Check all that holds whatever is wrong with the database."""
    for each in (asking.permanent, asking.dynamic):
        assert not each.broken
        assert not each.wrong, each.wrong[0]
    permanent = asking.permanent
    assert set(permanent.statuses()) == {200}
    assert within_ms(permanent.between(asking.away_at), MOST) <= soon_ms
    longest_ms = (DEADLINE_SECONDS + SLACK_SECONDS) * 1000
    assert within_ms(asking.dynamic.replies) <= longest_ms
    assert asking.refusals, "nobody was refused: the database was not away"
    assert asking.normal_seconds <= NORMAL_SECONDS
