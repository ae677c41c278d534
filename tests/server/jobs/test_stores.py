"""What every store of jobs promises, asked of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from butlery.protocol.query_work import WrittenPart
from butlery.server.jobs.job import Failure, Job, new_id, next_version
from butlery.server.jobs.redis_store import RedisJobs
from butlery.server.jobs.sqlite_store import SqliteJobs
from butlery.server.jobs.store import JobStore, StoreAwayError
from tests.registry.conftest import anyio_backend
from tests.support.redis_server import RedisServer

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0


def job(user: str | None = "alice", **changes: object) -> Job:
    fields: dict[str, object] = {
        "id": new_id(),
        "repository": "repo",
        "user": user,
        "groups": ("g_a", "g_b"),
        "token": "",
        "kind": "execute",
        "format": "jsonl",
        "created": NOW,
        "expires": NOW + 100,
    }
    return Job(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "redis"])
def make(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], JobStore]]:
    """What makes stores that know the same jobs, as those of several servers do."""
    if request.param == "sqlite":
        yield lambda: SqliteJobs(tmp_path / "folder" / "jobs.sqlite3")
        return
    redis: RedisServer = request.getfixturevalue("redis")
    redis.execute("FLUSHALL")
    yield lambda: RedisJobs(redis.url)


@pytest.fixture
async def stores(make: Callable[[], JobStore]) -> AsyncIterator[list[JobStore]]:
    async with AsyncExitStack() as stack:
        both = [make(), make()]
        for store in both:
            await stack.enter_async_context(store.open())
        yield both


@pytest.fixture
def store(stores: list[JobStore]) -> JobStore:
    return stores[0]


async def test_job_is_seen_by_every_server_as_it_was_kept(
    stores: list[JobStore],
) -> None:
    kept = job(
        parts=(WrittenPart("part-00001.jsonl", 3, 40, "ab"),),
        failure=Failure(422, "é", "invalid_query", 5),
        started=NOW + 0.123456,
    )
    assert await stores[0].add(kept, 10, NOW)
    assert await stores[1].get(kept.id) == kept


async def test_job_outlives_the_stores_that_kept_it(
    make: Callable[[], JobStore],
) -> None:
    kept = job()
    first = make()
    async with first.open():
        await first.add(kept, 10, NOW)
    second = make()
    async with second.open():
        assert await second.get(kept.id) == kept


async def test_unknown_job_is_none(store: JobStore) -> None:
    assert await store.get(new_id()) is None
    await store.remove(new_id())


async def test_change_counts_for_who_saw_the_version_before(
    stores: list[JobStore],
) -> None:
    old = job()
    await stores[0].add(old, 10, NOW)
    new = next_version(old, phase="EXECUTING", owner="a")
    assert await stores[0].replace(old, new)
    assert not await stores[1].replace(old, next_version(old, owner="b"))
    assert await stores[1].get(old.id) == new
    assert await stores[1].replace(new, next_version(new, phase="COMPLETED"))


async def test_removed_job_cannot_be_changed(store: JobStore) -> None:
    old = job()
    await store.add(old, 10, NOW)
    await store.remove(old.id)
    assert not await store.replace(old, next_version(old, owner="a"))
    assert await store.get(old.id) is None
    assert await store.active() == []
    assert await store.of_user("repo", "alice", NOW) == []


async def test_of_many_who_claim_a_job_one_wins(stores: list[JobStore]) -> None:
    for _ in range(10):
        old = job()
        await stores[0].add(old, 100, NOW)
        claims = [
            stores[n % 2].replace(old, next_version(old, owner=str(n)))
            for n in range(12)
        ]
        won = await asyncio.gather(*claims)
        assert won.count(True) == 1
        found = await stores[1].get(old.id)
        assert found is not None
        assert found.owner == str(won.index(True))


async def test_user_has_so_many_jobs_and_no_more(stores: list[JobStore]) -> None:
    added = await asyncio.gather(*(stores[n % 2].add(job(), 3, NOW) for n in range(10)))
    assert added.count(True) == 3
    assert await stores[0].add(job("bobby"), 3, NOW)
    assert await stores[0].add(job(None), 3, NOW)
    assert await stores[0].add(job(repository="other"), 3, NOW)


@pytest.mark.parametrize("way", ["expired", "delivered", "removed"])
async def test_job_that_is_gone_makes_room(store: JobStore, way: str) -> None:
    first = job()
    await store.add(first, 1, NOW)
    now = NOW
    if way == "expired":
        now = first.expires
    elif way == "delivered":
        await store.replace(first, next_version(first, is_delivered=True))
    else:
        await store.remove(first.id)
    assert await store.of_user("repo", "alice", now) == []
    assert await store.add(job(created=now, expires=now + 100), 1, now)


async def test_jobs_of_a_user_are_listed_the_newest_first(store: JobStore) -> None:
    jobs = [job(created=NOW + n, expires=NOW + n + 100) for n in range(4)]
    for each in (*jobs[::2], *jobs[1::2]):
        await store.add(each, 10, NOW)
    await store.add(job("bobby"), 10, NOW)
    await store.add(job(None), 10, NOW)
    assert await store.of_user("repo", "alice", NOW) == jobs[::-1]
    assert [each.user for each in await store.of_user("repo", None, NOW)] == [None]


async def test_nobodys_jobs_are_not_those_of_a_user_without_a_name(
    store: JobStore,
) -> None:
    await store.add(job(None), 10, NOW)
    assert await store.of_user("repo", "", NOW) == []


async def test_jobs_to_work_on_are_known_until_they_end(store: JobStore) -> None:
    first, second = job(created=NOW), job(created=NOW + 1)
    for each in (second, first):
        await store.add(each, 10, NOW)
    assert await store.active() == [first, second]
    running = next_version(first, phase="EXECUTING")
    await store.replace(first, running)
    assert await store.active() == [running, second]
    await store.replace(running, next_version(running, phase="COMPLETED"))
    assert await store.active() == [second]


async def test_expired_jobs_are_found(store: JobStore) -> None:
    late, early = job(expires=NOW + 200), job(expires=NOW + 10)
    for each in (late, early):
        await store.add(each, 10, NOW)
    assert await store.expired(NOW + 9) == []
    assert await store.expired(NOW + 10) == [early.id]
    await store.replace(late, next_version(late, expires=NOW + 5))
    assert set(await store.expired(NOW + 10)) == {late.id, early.id}
    await store.remove(early.id)
    assert await store.expired(NOW + 10) == [late.id]


async def test_servers_are_alive_for_a_while(stores: list[JobStore]) -> None:
    await stores[0].beat("a", NOW)
    await stores[0].beat("b", NOW + 5)
    await stores[0].beat("a", NOW + 1)
    assert await stores[1].alive(NOW + 1) == {"a", "b"}
    assert await stores[1].alive(NOW + 2) == {"b"}


async def test_redis_that_is_away_says_so_and_comes_back() -> None:
    server = RedisServer.start()
    try:
        store = RedisJobs(server.url)
        async with store.open():
            await store.add(job(), 10, NOW)
            server.kill()
            with pytest.raises(StoreAwayError):
                await store.active()
            with pytest.raises(StoreAwayError):
                await store.add(job(), 10, NOW)
            server.restart()
            assert await store.add(job(), 10, NOW)
    finally:
        server.stop()


async def test_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SqliteJobs(tmp_path / "file" / "jobs.sqlite3")
    with pytest.raises(StoreAwayError, match=r"jobs\.sqlite3"):
        async with store.open():
            pass
