"""More than one database node, and more than one life of one: nothing old is shown.

A hot standby may be behind; then its own state is what counts. Where polls and fills
could lead to different nodes, the poll's node counts, and others are refused.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import psycopg
import pytest

from butlery.registry.database import Database
from tests.coherence.places import PostgresPlaces, database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.opening import open_inside, through
from tests.faults.staleness.stage.servers import Inside, RefusedError
from tests.faults.staleness.stage.standby import Replay
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import User, Users
from tests.faults.staleness.stage.wires import Wires
from tests.support.postgres import PostgresCluster

pytestmark = pytest.mark.anyio

_POLL_SECONDS = 0.3
_BOUND_SECONDS = _POLL_SECONDS + 1
_USERS, _RATE = 30, 10.0
_PATIENCE_SECONDS = 30.0


async def test_transaction_id_given_again_after_a_crash_hides_nothing(
    own_cluster: PostgresCluster,
    own_places: PostgresPlaces,
    closing_stack: AsyncExitStack,
    report: Report,
    *,
    soak: bool,
) -> None:
    root = own_places.copy()
    users = Users(database_of(root), 2)
    server = await open_inside(closing_stack, "survivor", root)
    again, rounds, wanted = 0, 0, 10 if soak else 1
    while again < wanted and rounds < 5 * wanted:
        again += await _crash_between_two_writes(own_cluster, users, server)
        rounds += 1
    report(f"killed {rounds} times, {again} times a transaction id came again")
    assert again, "no transaction id was given again: nothing was tested"


@pytest.fixture(scope="module")
def standby(own_cluster: PostgresCluster) -> Iterator[PostgresCluster]:
    """Yield a standby of the cluster."""
    standby = own_cluster.make_standby()
    yield standby
    standby.stop()


class ReplayedStudy(Study):
    """One that looks at servers over a standby."""

    replay: Replay

    async def when_visible(self, user: User) -> float:
        # Noted by another thread.
        while (shown := self.replay.shown_at(user)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return shown


async def test_standby_that_is_behind_is_followed_within_the_bound(
    own_cluster: PostgresCluster,
    standby: PostgresCluster,
    closing_stack: AsyncExitStack,
    root: Path,
    report: Report,
    *,
    soak: bool,
) -> None:
    users = Users(database_of(root), _USERS)
    standby_root = through(root, own_cluster, standby.port)
    await asyncio.to_thread(standby.wait_for_replay)
    server = await open_inside(closing_stack, "standby", standby_root)
    study = ReplayedStudy(
        users,
        [server],
        bound_seconds=_BOUND_SECONDS,
        rate=_RATE,
        readers=2,
        pause_seconds=0.002,
        marks_log=True,
    )
    random = Random(5)
    with Replay(standby) as replay:
        study.replay = replay
        async with study.writing():
            for _ in range(20 if soak else 1):
                await asyncio.to_thread(standby.pause_replay)
                await asyncio.sleep(random.uniform(*((0, 5) if soak else (2, 2.5))))
                standby.resume_replay()
                await asyncio.sleep(random.uniform(0.1, 1.0))
            await asyncio.to_thread(standby.wait_for_replay)
    verdict = study.findings.judge(_BOUND_SECONDS, true=replay.seen_there)
    behind = study.findings.judge(_BOUND_SECONDS)
    report(verdict.text("standby behind by pauses, by its own state"))
    report(behind.text("the same, by the state of the primary"))
    verdict.check()
    assert len(study.findings.sightings) > study.findings.checked_writes > 0


class CarelessDatabase(Database):
    """The same without its guard: any node will do."""

    @property
    def node(self) -> str | None:
        return None

    @node.setter
    def node(self, _: str | None) -> None:
        pass


async def test_fills_from_another_node_than_the_polls_do_not_count(
    own_cluster: PostgresCluster,
    standby: PostgresCluster,
    closing_stack: AsyncExitStack,
    root: Path,
    report: Report,
    *,
    soak: bool,
) -> None:
    users = Users(database_of(root), _USERS)
    await asyncio.to_thread(standby.wait_for_replay)
    standby.pause_replay()
    closing_stack.callback(standby.resume_replay)
    wires = closing_stack.enter_context(Wires(lambda: own_cluster.port))
    alternating = through(root, own_cluster, wires.port)
    careful, careless = [
        await open_inside(closing_stack, name, alternating, deadline_seconds=0.5)
        for name in ("careful", "careless")
    ]
    careless.repository.registry.database.__class__ = CarelessDatabase
    study = Study(
        users,
        [careful, careless],
        bound_seconds=_BOUND_SECONDS,
        rate=_RATE,
        readers=2,
        pause_seconds=0.002,
    )
    ports = [standby.port, own_cluster.port]
    async with study.writing():
        await asyncio.sleep(0.5)
        wires.route = lambda: ports[int(time.monotonic() * 1000) % 2]
        for _ in range(20 if soak else 3):
            wires.cut_lookups()
            await asyncio.sleep(0.5)
        answered = len(study.findings.sightings)
        wires.route = lambda: standby.port
        wires.cut_lookups()
        refused = study.findings.refused[careful.name]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while study.findings.refused[careful.name] == refused:
            assert time.monotonic() < deadline, "answers of the other node alone"
            await asyncio.sleep(0.1)
        wires.route = lambda: own_cluster.port
        wires.cut_lookups()
    verdict = study.findings.judge(_BOUND_SECONDS, servers=[careful.name])
    unguarded = study.findings.judge(_BOUND_SECONDS, servers=[careless.name])
    report(verdict.text("two nodes behind one address"))
    report(unguarded.text("the same, any node will do"))
    verdict.check()
    assert answered
    assert unguarded.late or unguarded.wrong, "without its guard this must go wrong"


async def _crash_between_two_writes(
    cluster: PostgresCluster, users: Users, server: Inside
) -> bool:
    """Lose a commit, make another; tell whether the two have the same id."""
    lost, kept = users.all
    before = lost.holds
    cluster.execute("CHECKPOINT")
    _write_unsafely(users, lost)
    await _becomes(server, lost, time.monotonic())
    gate = server.repository.keeper.moment.text
    await asyncio.to_thread(cluster.kill)
    await asyncio.to_thread(cluster.restart)
    restarted = time.monotonic()
    if not _is_stored(users, lost):
        lost.holds = before
    _write_unsafely(users, kept)
    moment = await server.repository.registry.gate.read()
    await _becomes(server, lost, restarted)
    await _becomes(server, kept, restarted)
    return moment.text == gate


def _write_unsafely(users: Users, user: User) -> None:
    """Fill or empty a RUN, in a commit that does not wait for the log."""
    options = "-c synchronous_commit=off"
    with psycopg.connect(users.url, autocommit=True, options=options) as connection:
        users.change(connection, user)


def _is_stored(users: Users, user: User) -> bool:
    """Tell whether the database holds what was written last."""
    with psycopg.connect(users.url) as connection:
        sql = "SELECT count(*) FROM dataset WHERE id = %s"
        row = connection.execute(sql, (user.id,)).fetchone()
    assert row is not None
    return bool(row[0]) == bool(user.holds)


async def _becomes(server: Inside, user: User, since: float) -> None:
    """See that whatever is asked later than the bound is right."""
    for subject, right in ((user.subjects[k], v) for k, v in user.right().items()):
        while True:
            asked = time.monotonic()
            try:
                if await server.ask(subject) == right:
                    break
                waited = asked - since
                assert waited < _BOUND_SECONDS, f"{subject.kind}, after {waited:.2f} s"
            except RefusedError:
                assert asked - since < _PATIENCE_SECONDS
            await asyncio.sleep(0.02)
