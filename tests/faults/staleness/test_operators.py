"""Operators warm and invalidate all the time: nobody is told anything old by that."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from butlery.cache.operations import Warming, invalidate
from butlery.protocol.admin import InvalidateRequest, WarmRequest
from tests.coherence.places import database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.opening import open_inside
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import TYPE, Kind, Users

pytestmark = pytest.mark.anyio

_POLL_SECONDS = 0.3
_BOUND_SECONDS = _POLL_SECONDS + 1.0


async def test_warm_and_invalidate_under_load_leave_nothing_old(
    closing_stack: AsyncExitStack, root: Path, report: Report, *, soak: bool
) -> None:
    users = Users(database_of(root), 40)
    server = await open_inside(
        closing_stack, "operated", root, poll_seconds=_POLL_SECONDS
    )
    study = Study(
        users,
        [server],
        bound_seconds=_BOUND_SECONDS,
        rate=20,
        readers=3,
        pause_seconds=0.005,
    )
    chains = [user.subjects[Kind.CHAIN].collection for user in users.all]
    requests = [
        InvalidateRequest(),
        InvalidateRequest(collections=chains[:5]),
        InvalidateRequest(dataset_types=[TYPE]),
        InvalidateRequest(dimensions=["detector"]),
    ]
    times, read = 100 if soak else 4, 0
    async with study.writing():
        for number in range(times):
            outcome = await Warming(server.repository, WarmRequest(chains)).run()
            read += outcome.counts["datasets"]
            await invalidate(server.repository, requests[number % len(requests)])
            await asyncio.sleep(0.05)
    verdict = study.findings.judge(_BOUND_SECONDS)
    report(verdict.text(f"{times} times warmed ({read} datasets) and invalidated"))
    verdict.check()
    assert read
    assert not study.findings.refused[server.name]
