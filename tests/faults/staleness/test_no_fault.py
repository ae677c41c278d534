"""200 writes a second, two servers under load: no answer is older than I3 allows.

Users' collections are filled, tagged, emptied and chained anew. After each write a
server is asked when the bound is over, and before the same user is changed again; in
between both are asked about all others without a pause. Fewer users are changed less
often: CI has no time to prepare many.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.coherence.places import database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.servers import Outside
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import Users
from tests.support.servers import ButleryServer

pytestmark = pytest.mark.anyio

_BOUND_SECONDS = 2.0
_USERS, _SOAK_USERS = 340, 560
_RATE = 200.0
_WRITES, _SOAK_WRITES = 1_000, 20_000


async def test_two_servers_show_every_write_within_the_bound(
    root: Path, report: Report, *, soak: bool
) -> None:
    users = Users(database_of(root), _SOAK_USERS if soak else _USERS)
    async with AsyncExitStack() as stack:
        starting = (asyncio.to_thread(ButleryServer.start, root) for _ in range(2))
        servers = []
        for name, process in zip(
            ("one", "two"), await asyncio.gather(*starting), strict=True
        ):
            stack.callback(process.stop)
            server = Outside(name, process)
            stack.push_async_callback(server.close)
            servers.append(server)
        study = Study(
            users,
            servers,
            bound_seconds=_BOUND_SECONDS,
            rate=_RATE,
            readers=4 if soak else 1,
            checked_by=2 if soak else 1,
        )
        async with study.writing():
            await study.until(_SOAK_WRITES if soak else _WRITES)
    verdict = study.findings.judge(_BOUND_SECONDS)
    rate = study.written / study.seconds
    report(verdict.text(f"two servers, {rate:.0f} writes/s"))
    verdict.check()
    assert study.findings.checked_writes == study.written
    assert sum(age > 0 for age in verdict.ages), "nothing was ever cached"
