"""Whatever is killed: a query's client has the whole answer or an error.

Never the beginning of an answer that looks like the whole.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lsst.daf.butler import Butler

from tests.faults.conftest import Report
from tests.faults.queries.groups import (
    PAGE_ROWS,
    ask,
    ask_stock,
    make_groups,
    names,
)
from tests.faults.queries.killing import Stage
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import wait_until

_GROUPS = 9000
_QUERIES = "workers = 4\nkeep_alive_seconds = 1\nworker_queries = 20"
_KILLS = ("worker", "worker", "workers", "nursery", "database", "server", "worker")


@dataclass(frozen=True)
class Size:
    """How much is asked, and how often something is killed."""

    clients: int
    rounds: int
    seeds: int


@pytest.fixture
def size(*, soak: bool) -> Size:
    return Size(200, 3, 3) if soak else Size(16, 1, 1)


@pytest.fixture(scope="module")
def breakable() -> Iterator[PostgresCluster]:
    """A cluster that is killed; nobody else uses it."""
    cluster = PostgresCluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def root(breakable: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    return make_groups(folder / "groups", breakable, _GROUPS)


@pytest.fixture
def stage(root: Path, breakable: PostgresCluster, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path, root, breakable, _QUERIES)
    yield stage
    stage.end()


@dataclass
class Crowd:
    """Clients that ask and ask again until they are told to stop."""

    port: int
    is_over: threading.Event = field(default_factory=threading.Event)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, seed: str, butler: Butler | None) -> None:
        chance = random.Random(seed)
        while not self.is_over.is_set():
            number = chance.choice((0, 1, PAGE_ROWS, _GROUPS, _GROUPS))
            number = number or chance.randrange(_GROUPS)
            if butler is not None:
                answer = ask_stock(butler, number)
            else:
                answer = ask(
                    self.port, "repo", number, pause_seconds=0.02, timeout_seconds=60
                )
            if answer.names is None:
                self.outcomes[answer.error] += 1
                time.sleep(chance.uniform(0.2, 0.6))
            elif sorted(answer.names) == names(number):
                self.outcomes["whole"] += 1
            else:
                self.wrong.append(f"{len(answer.names)} of {number} rows")


def test_client_has_the_whole_answer_or_an_error_whoever_is_killed(
    stage: Stage, size: Size, report: Report
) -> None:
    # Every fourth client is a stock one; some share one, as threads of a service do.
    butlers = [stage.server.butler() for _ in range(4)]
    clients = [None if n % 4 else butlers[n // 4 % 4] for n in range(size.clients)]
    for seed in range(size.seeds):
        crowd = Crowd(stage.port)
        kills = random.Random(seed).sample(
            _KILLS * size.rounds, k=len(_KILLS) * size.rounds
        )
        _kill_while_asking(stage, crowd, clients, kills, random.Random(f"{seed}"))
        report(f"seed {seed}, {len(kills)} kills: {dict(crowd.outcomes)}")
        assert not crowd.wrong, f"seed {seed}: {crowd.wrong}, kills {kills}"
        assert sum(crowd.outcomes.values()) >= size.clients
        # Nobody waits for ever, and nobody's slot was lost.
        _expect_all_slots(stage)
        stage.expect_no_orphans()
    for butler in butlers:
        butler.close()


def _kill_while_asking(
    stage: Stage,
    crowd: Crowd,
    clients: Sequence[Butler | None],
    kills: Sequence[str],
    chance: random.Random,
) -> None:
    """Kill one after another, after some answers and until there are others."""
    with ThreadPoolExecutor(len(clients)) as pool:
        asking = [
            pool.submit(crowd.ask, str(number), butler)
            for number, butler in enumerate(clients)
        ]
        try:
            wait_until("answers", lambda: crowd.outcomes["whole"] >= 5)
            for what in kills:
                time.sleep(chance.uniform(0.1, 1.0))
                stage.kill(what, chance)
            before = crowd.outcomes["whole"]
            wait_until("answers again", lambda: crowd.outcomes["whole"] > before)
        finally:
            crowd.is_over.set()
    for each in asking:
        each.result()


def _expect_all_slots(stage: Stage) -> None:
    """See that as many queries as there are slots are answered side by side."""
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(
                ask, stage.port, "repo", 10, pause_seconds=0.0, timeout_seconds=20
            )
            for _ in range(8)
        ]
        assert [each.result().names for each in asked] == [names(10)] * 8
