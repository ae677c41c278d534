"""A stream that loses, repeats, mixes up or delays makes no answer older than a poll.

The watcher is installed, so that answers are kept on its word: that is what a lost
word could make wrong. Several streams go wrong at the same time, each for one
repository object. One of these trusts every mark, whatever was lost before it: its
answers must be found too old, or else these tests could not find anything.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from butlery.cache.bus import GapReason
from tests.coherence.places import database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.mangling import (
    Mangle,
    delayed,
    dropped,
    duplicated,
    reordered,
    untouched,
)
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import Users
from tests.faults.staleness.stage.watched import (
    CountingCoverage,
    Watched,
    WatchedPlace,
    until_relied_on,
)

pytestmark = pytest.mark.anyio

_POLL_SECONDS = 1.0
_BOUND_SECONDS = _POLL_SECONDS + 1
_USERS, _RATE = 20, 8.0
_WRITES, _SOAK_WRITES = 36, 1_000
_PATIENCE_SECONDS = 30.0


class TrustingCoverage(CountingCoverage):
    """The same without its guard: a gap changes nothing."""

    @property
    def is_relied_on(self) -> bool:
        return False

    def begin(self) -> None:
        pass


async def test_what_is_lost_makes_no_answer_older_than_the_bound(
    closing_stack: AsyncExitStack, root: Path, report: Report, *, soak: bool
) -> None:
    place = WatchedPlace(closing_stack, root, _POLL_SECONDS)
    users = Users(database_of(root), _USERS)
    await place.watch()
    shares = {"10 %": 0.1, "50 %": 0.5, "all": 1.0}
    servers = {
        f"{name} dropped": await place.open(f"{name} dropped", dropped(share))
        for name, share in shares.items()
    }
    name = "50 % dropped, and marks trusted"
    trusting = await place.open(name, dropped(0.5), TrustingCoverage())
    study = _study(users, [*servers.values(), trusting])
    async with study.writing():
        await study.until(_SOAK_WRITES if soak else _WRITES)
        await _find_a_late_one(study, trusting)
    _report_and_check(study, servers, report)
    careless = study.findings.judge(_BOUND_SECONDS, servers=[trusting.name])
    report(careless.text(trusting.name))
    assert careless.late, "without its guard this must go wrong"
    ten, fifty, all_ = (server.stream.counters for server in servers.values())
    assert ten.gaps[GapReason.SKIPPED]
    assert fifty.gaps[GapReason.SKIPPED]
    assert not all_.received


async def test_what_is_repeated_late_or_mixed_up_does_not_either(
    closing_stack: AsyncExitStack, root: Path, report: Report, *, soak: bool
) -> None:
    place = WatchedPlace(closing_stack, root, _POLL_SECONDS)
    users = Users(database_of(root), _USERS)
    await place.watch()
    streams: dict[str, Mangle] = {
        "as it should be": untouched,
        "duplicated": duplicated,
        "reordered": reordered,
        "delayed by 0-3 s": delayed(3.0),
    }
    servers = {name: await place.open(name, how) for name, how in streams.items()}
    whole, twice, mixed, late = servers.values()
    await until_relied_on(whole)
    study = _study(users, list(servers.values()))
    async with study.writing():
        await study.until(_SOAK_WRITES if soak else _WRITES)
    _report_and_check(study, servers, report)
    assert whole.coverage.kept, "nothing was kept on the stream's word"
    assert twice.stream.counters.duplicates
    assert not twice.stream.counters.gaps[GapReason.SKIPPED]
    assert mixed.stream.counters.reordered
    assert mixed.stream.counters.gaps[GapReason.SKIPPED]
    assert late.stream.counters.gaps


def _study(users: Users, servers: list[Watched]) -> Study:
    return Study(
        users,
        servers,
        bound_seconds=_BOUND_SECONDS,
        rate=_RATE,
        readers=1,
        pause_seconds=0.03,
    )


async def _find_a_late_one(study: Study, server: Watched) -> None:
    """Go on until the fault has happened that a missing guard lets happen."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not study.findings.judge(_BOUND_SECONDS, servers=[server.name]).late:
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.2)


def _report_and_check(
    study: Study, servers: Mapping[str, Watched], report: Report
) -> None:
    verdict = study.findings.judge(_BOUND_SECONDS, servers=list(servers))
    report(verdict.text(f"stream: {', '.join(servers)}"))
    report("\n".join(server.text() for server in servers.values()))
    verdict.check()
    assert study.findings.checked_writes == study.written
