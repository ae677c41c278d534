"""Servers that share jobs, are lost and come back; time is the test's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from butlery.protocol.errors import (
    InvalidQueryError,
    TooManyRequestsError,
    UnavailableError,
)
from butlery.protocol.query_work import WrittenPart
from butlery.server.config import QuerySettings
from butlery.server.jobs import work
from butlery.server.jobs.changes import Changes
from butlery.server.jobs.folder import JobFolder
from butlery.server.jobs.job import MOST_LOST, Job, new_id
from butlery.server.jobs.runner import Runner
from butlery.server.jobs.sqlite_store import SqliteJobs
from butlery.server.jobs.store import StoreAwayError
from butlery.server.jobs.sweeper import Sweeper
from butlery.server.queries import QueryPool
from tests.registry.conftest import anyio_backend
from tests.server.jobs.test_stores import job

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

PARTS = (WrittenPart("part-00001.jsonl", 1, 2, "00"),)
LOST_SECONDS = 10.0


class Fleet:
    """Servers with one store; what they execute waits until it may go on."""

    def __init__(self, path: Path) -> None:
        self.now = 1_800_000_000.0
        self.store = SqliteJobs(path)
        self.removed: list[Job] = []
        self.runners: list[Runner] = []
        self.begun: list[str] = []
        self.may_end = asyncio.Event()
        self.error: Exception | None = None

    def server(self, slots: int = 2) -> Runner:
        name = f"server{len(self.runners)}"
        runner = Runner(
            name,
            self.store,
            QueryPool(QuerySettings(workers=slots, workers_per_user=slots)),
            _Execution(self, name),
            Changes(),
            lost_seconds=LOST_SECONDS,
            clock=lambda: self.now,
        )
        self.runners.append(runner)
        return runner

    async def get(self, id_: str) -> Job:
        found = await self.store.get(id_)
        assert found is not None
        return found

    async def reach(self, id_: str, phase: str) -> Job:
        for _ in range(2000):
            found = await self.get(id_)
            if found.phase == phase:
                return found
            await asyncio.sleep(0.005)
        raise TimeoutError(f"{phase}, not {found.phase}")

    def crash(self, runner: Runner) -> None:
        """Let a server never do anything again."""
        for each in runner._works.values():
            assert each._task is not None
            each._task.cancel()
        runner._works.clear()


class _Execution:
    def __init__(self, fleet: Fleet, name: str) -> None:
        self._fleet, self._name = fleet, name

    async def run(self, job: Job) -> tuple[WrittenPart, ...]:
        del job
        self._fleet.begun.append(self._name)
        await self._fleet.may_end.wait()
        if self._fleet.error is not None:
            raise self._fleet.error
        return PARTS

    def remove(self, job: Job) -> None:
        self._fleet.removed.append(job)


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(tmp_path / "jobs.sqlite3")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(fleet.store.open())
        yield fleet
        for runner in fleet.runners:
            await runner.close()


async def test_job_goes_through_its_phases(fleet: Fleet) -> None:
    submitted = job()
    await fleet.server().submit(submitted, 10)
    running = await fleet.reach(submitted.id, "EXECUTING")
    assert (running.attempt, running.started) == (1, fleet.now)
    fleet.now += 5
    fleet.may_end.set()
    done = await fleet.reach(submitted.id, "COMPLETED")
    assert (done.parts, done.ended) == (PARTS, fleet.now)


async def test_error_of_a_query_is_the_jobs(fleet: Fleet) -> None:
    fleet.error = InvalidQueryError("no")
    fleet.may_end.set()
    submitted = job()
    await fleet.server().submit(submitted, 10)
    failed = await fleet.reach(submitted.id, "ERROR")
    assert failed.failure is not None
    assert failed.failure.error_type == "invalid_query"
    assert [each.id for each in fleet.removed] == [submitted.id]


async def test_user_with_too_many_jobs_is_told_so(fleet: Fleet) -> None:
    runner = fleet.server(slots=1)
    await runner.submit(job(), 1)
    with pytest.raises(TooManyRequestsError, match="1 jobs already"):
        await runner.submit(job(), 1)
    assert runner._pool.turns.waiting == 0


async def test_lost_servers_job_is_run_again_by_another(fleet: Fleet) -> None:
    first, second = fleet.server(), fleet.server()
    submitted = job()
    await first.submit(submitted, 10)
    await fleet.reach(submitted.id, "EXECUTING")
    fleet.crash(first)
    await second.tick()
    assert (await fleet.get(submitted.id)).owner == "server0"  # it may be slow
    fleet.now += LOST_SECONDS + 1
    await second.tick()
    fleet.may_end.set()
    done = await fleet.reach(submitted.id, "COMPLETED")
    assert (done.owner, done.attempt, done.lost) == ("server1", 2, 1)


async def test_job_that_only_waited_at_a_lost_server_has_not_lost_it(
    fleet: Fleet,
) -> None:
    first, second = fleet.server(slots=1), fleet.server()
    running, waiting = job(), job()
    await first.submit(running, 10)
    await first.submit(waiting, 10)
    await fleet.reach(running.id, "EXECUTING")
    fleet.crash(first)
    fleet.now += LOST_SECONDS + 1
    await second.tick()
    assert (await fleet.get(running.id)).lost == 1
    assert (await fleet.get(waiting.id)).lost == 0


async def test_job_waits_for_a_database_that_is_away(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_LATER_SECONDS", 0.01)
    fleet.error = UnavailableError("away")
    fleet.may_end.set()
    submitted = job()
    await fleet.server(slots=1).submit(submitted, 10)
    for _ in range(2000):
        await asyncio.sleep(0.005)
        if len(fleet.begun) > 2:
            break
    assert (await fleet.get(submitted.id)).is_active
    fleet.error = None
    assert (await fleet.reach(submitted.id, "COMPLETED")).parts == PARTS


async def test_slots_are_for_others_while_the_store_is_away(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_LATER_SECONDS", 0.01)
    runner = fleet.server(slots=1)
    first, second = job(), job()
    await runner.submit(first, 10)
    await runner.submit(second, 10)
    await fleet.reach(first.id, "EXECUTING")

    async def away(id_: str) -> Job | None:
        raise StoreAwayError(id_)

    with monkeypatch.context() as patch:
        patch.setattr(fleet.store, "get", away)
        fleet.may_end.set()
        for _ in range(50):
            await asyncio.sleep(0.005)
            other = runner._pool.join("somebody")
            async with asyncio.timeout(1):
                await other.wait()
            other.end()
    await fleet.reach(second.id, "COMPLETED")


async def test_server_that_says_it_is_alive_keeps_its_jobs(fleet: Fleet) -> None:
    first, second = fleet.server(), fleet.server()
    submitted = job()
    await first.submit(submitted, 10)
    for _ in range(5):
        fleet.now += LOST_SECONDS - 1
        await first.beat()
        await second.tick()
    assert (await fleet.get(submitted.id)).owner == "server0"
    assert fleet.begun == ["server0"]


async def test_server_that_was_taken_for_lost_gives_way(fleet: Fleet) -> None:
    first, second = fleet.server(), fleet.server()
    submitted = job()
    await first.submit(submitted, 10)
    await fleet.reach(submitted.id, "EXECUTING")
    fleet.now += LOST_SECONDS + 1
    await second.tick()
    fleet.may_end.set()  # both come to an end; only one of them counts
    done = await fleet.reach(submitted.id, "COMPLETED")
    await first.tick()
    assert await fleet.get(submitted.id) == done
    assert (done.owner, done.attempt) == ("server1", 2)


async def test_job_that_loses_its_servers_is_given_up(fleet: Fleet) -> None:
    submitted = job()
    await fleet.server().submit(submitted, 10)
    for _ in range(MOST_LOST):
        await fleet.reach(submitted.id, "EXECUTING")
        fleet.crash(fleet.runners[-1])
        fleet.now += LOST_SECONDS + 1
        await fleet.server().tick()
    given_up = await fleet.get(submitted.id)
    assert given_up.phase == "ERROR"
    assert given_up.failure is not None
    assert "3 servers were lost" in given_up.failure.detail


async def test_server_that_stops_gives_its_jobs_back_at_once(fleet: Fleet) -> None:
    first, second = fleet.server(slots=1), fleet.server()
    jobs = [job(), job()]  # one runs, one waits
    for each in jobs:
        await first.submit(each, 10)
    await fleet.reach(jobs[0].id, "EXECUTING")
    await first.close()
    for each in jobs:
        found = await fleet.get(each.id)
        assert (found.phase, found.owner, found.lost) == ("QUEUED", "", 0)
    await second.tick()
    fleet.may_end.set()
    for each in jobs:
        assert (await fleet.reach(each.id, "COMPLETED")).owner == "server1"


async def test_job_that_is_dropped_before_it_begins_holds_no_slot(
    fleet: Fleet,
) -> None:
    runner = fleet.server(slots=1)
    submitted = job()
    await runner.submit(submitted, 10)
    await runner.drop(submitted.id)
    assert (runner._pool.turns.running, runner._works) == (0, {})


async def test_of_two_servers_one_takes_what_is_free(fleet: Fleet) -> None:
    first, *others = (fleet.server() for _ in range(4))
    submitted = job()
    await first.submit(submitted, 10)
    await first.close()
    await asyncio.gather(*(other.tick() for other in others))
    await fleet.reach(submitted.id, "EXECUTING")
    await asyncio.gather(*(other.tick() for other in others))
    fleet.begun.remove("server0") if "server0" in fleet.begun else None
    assert len(fleet.begun) == 1


async def test_busy_server_leaves_jobs_to_others(fleet: Fleet) -> None:
    busy, idle, gone = fleet.server(slots=1), fleet.server(), fleet.server()
    await busy.submit(job(), 10)
    free = job()
    await gone.submit(free, 10)
    await gone.close()
    await busy.tick()
    assert (await fleet.get(free.id)).owner == ""
    await idle.tick()
    assert (await fleet.get(free.id)).owner == "server1"


@pytest.mark.parametrize("way", ["aborted", "removed"])
async def test_what_is_ended_elsewhere_is_stopped_within_a_look(
    fleet: Fleet, way: str
) -> None:
    runner = fleet.server(slots=1)
    submitted = job()
    await runner.submit(submitted, 10)
    running = await fleet.reach(submitted.id, "EXECUTING")
    if way == "aborted":
        ended = Job(
            **{
                name: getattr(running, name)
                for name in running.__struct_fields__
                if name not in {"phase", "version"}
            },
            phase="ABORTED",
            version=running.version + 1,
        )
        assert await fleet.store.replace(running, ended)
    else:
        await fleet.store.remove(submitted.id)
    await runner.tick()
    assert runner._pool.turns.running == 0
    assert [each.id for each in fleet.removed] == [submitted.id]
    found = await fleet.store.get(submitted.id)
    assert (found and found.phase) == ("ABORTED" if way == "aborted" else None)


async def test_sweeper_removes_what_has_expired_and_what_is_nobodys(
    fleet: Fleet, tmp_path: Path
) -> None:
    folder = JobFolder(tmp_path / "files")
    sweeper = Sweeper(fleet.store, folder, 50, lambda: fleet.now)
    expired, current, nobodys = job(expires=fleet.now), job(), new_id()
    for each in (expired, current):
        folder.make(each.id, b"{}")
        folder.begin(each)
        await fleet.store.add(each, 10, fleet.now - 1)
    folder.make(nobodys, b"{}")
    (tmp_path / "files" / "jobs.sqlite3").touch()

    def left() -> set[str]:
        return {each.name for each in (tmp_path / "files").iterdir()}

    (tmp_path / "now").touch()
    disk_now = (tmp_path / "now").stat().st_mtime
    fleet_time, fleet.now = fleet.now, disk_now
    await sweeper.sweep()  # nothing is expired, nor old enough
    assert left() == {expired.id, current.id, nobodys, "jobs.sqlite3"}
    fleet.now = fleet_time
    await sweeper.sweep()
    assert left() == {current.id, "jobs.sqlite3"}
    assert await fleet.store.get(expired.id) is None
    await sweeper.sweep()
