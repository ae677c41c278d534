"""Whatever a direct Butler does in another process, clients of a server see it.

On SQLite, and on PostgreSQL where the gate is read before every answer, the very
first request after the writer's acknowledgement shows the change. With the default
poll it is shown within two seconds, on a hot standby within two seconds of replay; the
short size of the test polls three times as often.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from tests.coherence.places import PostgresPlaces, point_to
from tests.coherence.steps import (
    KINDS,
    OPENING,
    SCENERY,
    Step,
    World,
    make_step,
    random_kind,
)
from tests.coherence.watching.follower import Follower
from tests.coherence.watching.sweep import sweep
from tests.coherence.writer import Writer
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

Report = Callable[[Follower], None]

_STEPS = 60
_SOAK_STEPS = 800
_POLLED_STEPS = 20  # each is waited for
_SWEEP_EVERY = 10
_SLACK_SECONDS = 1.0
_SEED = 20260301


def test_opening_has_every_kind_of_step_once() -> None:
    assert sorted(OPENING) == sorted(KINDS)


def test_sqlite_shows_every_change_to_the_next_request(
    sqlite_repository: Path,
    report_delays: Report,
    *,
    soak: bool,
) -> None:
    with _follow(sqlite_repository, "SQLite", 0.0) as follower:
        steps = _SOAK_STEPS if soak else _STEPS
        _take_steps(sqlite_repository, [follower], steps)
        report_delays(follower)


def test_postgresql_asked_before_every_answer_shows_it_to_the_next_request(
    postgres_places: PostgresPlaces,
    report_delays: Report,
    *,
    soak: bool,
) -> None:
    """Collections are keyed by name here: a name that returns is the same key."""
    repository = postgres_places.copy(collections="name")
    name = "PostgreSQL, asked before every answer"
    with _follow(repository, name, 0.0, "--poll-seconds=0") as follower:
        steps = _SOAK_STEPS if soak else _STEPS
        _take_steps(repository, [follower], steps)
        report_delays(follower)


def test_polled_postgresql_and_standby_show_every_change_in_time(
    own_postgres: PostgresCluster,
    postgres_places: PostgresPlaces,
    report_delays: Report,
    *,
    soak: bool,
) -> None:
    """They are watched side by side."""
    period = 1.0 if soak else 0.3
    bound, poll = period + _SLACK_SECONDS, f"--poll-seconds={period}"
    repository = postgres_places.copy()
    standby = own_postgres.make_standby()
    try:
        copy = point_to(
            repository,
            "standby",
            lambda url: url.replace(f":{own_postgres.port}/", f":{standby.port}/"),
        )
        with (
            _follow(repository, "PostgreSQL, polled", bound, poll) as polled,
            _follow(copy, "hot standby, polled", bound, poll) as replayed,
        ):
            replayed.wait_for_change = lambda: _wait_for_replay(own_postgres, standby)
            steps = _SOAK_STEPS if soak else _POLLED_STEPS
            _take_steps(repository, [polled, replayed], steps)
            report_delays(polled)
            report_delays(replayed)
    finally:
        standby.stop()


@contextmanager
def _follow(
    repository: Path, name: str, bound_seconds: float, *arguments: str
) -> Iterator[Follower]:
    server = ButleryServer.start(repository, arguments=arguments)
    try:
        with closing(Follower(name, server, server.butler(), bound_seconds)) as watched:
            yield watched
    finally:
        server.stop()


def _take_steps(repository: Path, followers: Sequence[Follower], count: int) -> None:
    random, world = Random(_SEED), World()
    with ThreadPoolExecutor(len(followers)) as threads, Writer(repository) as writer:
        for kind in SCENERY:
            step = make_step(kind, world, random)
            assert step is not None, kind
            writer.do(step.commands)
        for number, step in enumerate(_steps(world, random, count), start=1):
            old = list(threads.map(lambda f, s=step: f.remember(s), followers))
            writer.do(step.commands)
            list(threads.map(lambda f, s=step: f.watch(s), followers))
            expected = [seen.expected for seen in step.observations]
            assert not step.changes_something or expected not in old, step
            if number % _SWEEP_EVERY == 0:
                sweep(repository, followers, world, random)


def _steps(world: World, random: Random, count: int) -> Iterator[Step]:
    """Yield every kind, each as soon as it is possible, then others by chance.

    Observations are shuffled: any of them may be the first request after a change,
    the one that finds out about it.
    """
    wanted = list(OPENING)
    taken = 0
    while wanted or taken < count:
        step = _first_possible(wanted, world, random)
        while step is None:
            step = make_step(random_kind(random), world, random)
        seen = random.sample(step.observations, len(step.observations))
        yield replace(step, observations=seen)
        taken += 1


def _first_possible(wanted: list[str], world: World, random: Random) -> Step | None:
    for kind in wanted:
        step = make_step(kind, world, random)
        if step is not None:
            wanted.remove(kind)
            return step
    return None


def _wait_for_replay(primary: PostgresCluster, standby: PostgresCluster) -> None:
    """Wait without writing anything: the standby's gate shall move by itself."""
    [(position,)] = primary.execute("SELECT pg_current_wal_insert_lsn()::text")
    reached = f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn"
    deadline = monotonic() + 30
    while standby.execute(reached) != [(True,)]:
        if monotonic() > deadline:
            pytest.fail(f"the standby does not replay {position}")
        sleep(0.005)
