"""What stops or hangs serves nothing that is older than the lease.

The database changes all the time while a server is stopped in its tracks, while its
poll hangs, or while its event loop is busy with something else.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from butlery.cache import SnapshotKeeper
from tests.coherence.places import database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.findings import Sighting
from tests.faults.staleness.stage.opening import open_inside, through
from tests.faults.staleness.stage.servers import Outside
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import Users
from tests.faults.staleness.stage.wires import Wires
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

pytestmark = pytest.mark.anyio

_POLL_SECONDS = 0.3
_LEASE_SECONDS = _POLL_SECONDS + 1
_SERVERS_LEASE_SECONDS = 2.0
_USERS, _RATE = 30, 10.0


class EternalKeeper(SnapshotKeeper):
    """The same without its guard: no poll is ever too long ago."""

    @property
    def _lease_seconds(self) -> float:
        return float("inf")


async def test_stopped_server_answers_nothing_from_before_its_sleep(
    root: Path, report: Report, *, soak: bool
) -> None:
    users = Users(database_of(root), _USERS)
    process = ButleryServer.start(root)
    server = Outside("stopped", process)
    study = Study(
        users, [server], bound_seconds=_SERVERS_LEASE_SECONDS, rate=_RATE, readers=2
    )
    try:
        async with study.writing():
            await asyncio.sleep(0.7)
            process.suspend()
            stopped = time.monotonic()
            await asyncio.sleep(10 if soak else 3)
            resumed = time.monotonic()
            process.resume()
            await asyncio.sleep(0.5)
    finally:
        await server.close()
        process.stop()

    def read_at(sighting: Sighting) -> float:
        """Return when a stopped server can first have read a request."""
        is_asleep = stopped + 0.1 < sighting.asked < resumed
        return resumed if is_asleep else sighting.asked

    verdict = study.findings.judge(_SERVERS_LEASE_SECONDS, asked=read_at)
    report(verdict.text("server stopped"))
    verdict.check()
    waited = [s for s in study.findings.sightings if s.asked < resumed < s.came]
    assert waited, "nobody asked the sleeping server"


async def test_hung_poll_ends_in_refusals(
    own_cluster: PostgresCluster,
    closing_stack: AsyncExitStack,
    root: Path,
    report: Report,
    *,
    soak: bool,
) -> None:
    users = Users(database_of(root), _USERS)
    wires = closing_stack.enter_context(Wires(lambda: own_cluster.port))
    hung, eternal = [
        await open_inside(
            closing_stack,
            name,
            through(root, own_cluster, wires.port),
            poll_seconds=_POLL_SECONDS,
            deadline_seconds=1.0,
        )
        for name in ("hung", "without a lease")
    ]
    eternal.repository.keeper.__class__ = EternalKeeper
    study = Study(
        users,
        [hung, eternal],
        bound_seconds=_LEASE_SECONDS,
        rate=_RATE,
        readers=2,
        pause_seconds=0.002,
    )
    async with study.writing():
        await asyncio.sleep(0.5)
        wires.hold_polls()
        await asyncio.sleep(10 if soak else 2.5)
        wires.release_polls()
        await asyncio.sleep(0.5)
        refused = study.findings.refused[hung.name]
        released = time.monotonic()
        await asyncio.sleep(0.5)
    verdict = study.findings.judge(_LEASE_SECONDS, servers=[hung.name])
    careless = study.findings.judge(_LEASE_SECONDS, servers=[eternal.name])
    report(verdict.text("poll hung"))
    report(careless.text("poll hung, without a lease"))
    verdict.check()
    assert careless.late, "without its guard this must go wrong"
    assert refused, "the poll did not hang"
    sightings = study.findings.sightings
    assert any(s.server == hung.name and s.asked > released for s in sightings)


async def test_busy_event_loop_serves_nothing_from_before(
    closing_stack: AsyncExitStack, root: Path, report: Report, *, soak: bool
) -> None:
    users = Users(database_of(root), _USERS)
    server = await open_inside(
        closing_stack, "blocked", root, poll_seconds=_POLL_SECONDS
    )
    study = Study(users, [server], bound_seconds=_LEASE_SECONDS, rate=_RATE, readers=3)
    seconds = 5.0 if soak else 1.8
    async with study.writing():
        await asyncio.sleep(0.7)
        written = study.written
        asyncio.get_running_loop().call_soon(partial(time.sleep, seconds))
        await asyncio.sleep(0)
        await asyncio.sleep(0.7)
        assert study.written > written + seconds, "the writers stopped, too"
    verdict = study.findings.judge(_LEASE_SECONDS)
    report(verdict.text("event loop blocked"))
    verdict.check()
