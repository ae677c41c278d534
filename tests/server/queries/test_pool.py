"""The pool of workers, with workers that a test plays itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from butlery.protocol.errors import (
    InvalidQueryError,
    NotSupportedError,
    UnavailableError,
)
from butlery.protocol.query_work import HEADER, FrameKind, QueryWork, WorkDone, frame
from butlery.server.config import QuerySettings
from butlery.server.queries.pool import QueryFailedError, QueryPool
from butlery.server.queries.worker import Frame, Worker, WorkerLostError
from tests.registry.conftest import anyio_backend

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

WORK = QueryWork("repo", "execute", b"{}", 1, 1, 10, 1000, None)
DONE = frame(FrameKind.DONE, msgspec.msgpack.encode(WorkDone(1, retires=False)))
PAGE = frame(FrameKind.PAGE, b"line\n")
Script = list[bytes | None]
"""What a worker says; empty: it takes a query; `None`: it dies."""


class Stage:
    """A nursery whose workers follow scripts, one for each worker."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.ended: list[int] = []
        self.forked = 0
        self._players: list[asyncio.Task[None]] = []

    async def fork(self) -> Worker:
        if not self.scripts:
            raise WorkerLostError("no more")
        self.forked += 1
        ours, theirs = socket.socketpair()
        self._players.append(asyncio.create_task(_play(theirs, self.scripts.pop(0))))
        return await Worker.connect(self.forked, ours)

    def end(self, number: int) -> None:
        self.ended.append(number)

    def close(self) -> None:
        for player in self._players:
            player.cancel()


async def _play(connection: socket.socket, script: Script) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    writer.write(frame(FrameKind.READY))
    for said in script:
        if said == b"":
            _, length = HEADER.unpack(await reader.readexactly(HEADER.size))
            await reader.readexactly(length)
        elif said is None:
            writer.close()
            return
        else:
            writer.write(said)
    await reader.read()


@pytest.fixture
async def pools() -> AsyncIterator[Callable[..., tuple[QueryPool, Stage]]]:
    stages: list[Stage] = []

    def make(*scripts: Script, **settings: object) -> tuple[QueryPool, Stage]:
        stages.append(Stage(*scripts))
        options = msgspec.convert(settings, QuerySettings)
        return QueryPool(options, stages[-1]), stages[-1]

    yield make
    for stage in stages:
        stage.close()


Pools = Callable[..., tuple[QueryPool, Stage]]


async def ask(pool: QueryPool) -> list[Frame]:
    frames: list[Frame] = []

    async def put(frame: Frame) -> None:
        frames.append(frame)

    await pool.run(WORK, put)
    return frames


async def test_worker_that_has_answered_is_used_again(pools: Pools) -> None:
    pool, stage = pools([b"", PAGE, PAGE, DONE, b"", DONE])
    assert [frame.payload for frame in await ask(pool)] == [b"line\n"] * 2
    assert await ask(pool) == []
    assert (stage.forked, stage.ended) == (1, [])


async def test_only_parts_are_told_of_an_answer_that_is_written(pools: Pools) -> None:
    rows, part = frame(FrameKind.ROWS), frame(FrameKind.PART, b"part")
    pool, _ = pools([b"", rows, rows, part, rows, part, DONE])
    assert await ask(pool) == [Frame(FrameKind.PART, b"part")] * 2


async def test_answer_of_which_no_part_is_written_is_begun_again(pools: Pools) -> None:
    pool, stage = pools([b"", frame(FrameKind.ROWS), None], [b"", PAGE, DONE])
    assert len(await ask(pool)) == 1
    assert stage.forked == 2


async def test_worker_that_dies_before_its_first_page_is_replaced(
    pools: Pools,
) -> None:
    pool, stage = pools([b"", None], [b"", PAGE, DONE])
    assert len(await ask(pool)) == 1
    assert (stage.forked, stage.ended) == (2, [1])


async def test_answer_that_has_begun_is_never_begun_again(pools: Pools) -> None:
    pool, stage = pools([b"", PAGE, None], [b"", PAGE, DONE])
    with pytest.raises(QueryFailedError):
        await ask(pool)
    assert stage.forked == 1


async def test_query_that_kills_workers_kills_two(pools: Pools) -> None:
    pool, stage = pools([b"", None], [b"", None], [b"", DONE])
    with pytest.raises(QueryFailedError):
        await ask(pool)
    assert stage.forked == 2


async def test_failure_is_tried_on_a_new_worker(pools: Pools) -> None:
    failed = frame(FrameKind.FAILED, b"stale")
    pool, stage = pools([b"", DONE, b"", failed], [b"", PAGE, DONE])
    await ask(pool)
    assert len(await ask(pool)) == 1
    assert (stage.forked, stage.ended) == (2, [1])


async def test_worker_that_is_silent_is_killed_and_the_user_told(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("butlery.server.queries.pool._GRACE_SECONDS", 0.0)
    pool, stage = pools([b""], statement_timeout_seconds=0.05)
    with pytest.raises(InvalidQueryError, match=r"longer than 0.05 s"):
        await ask(pool)
    assert stage.ended == [1]


async def test_worker_of_a_query_that_is_given_up_is_killed(pools: Pools) -> None:
    pool, stage = pools([b""])
    query = asyncio.create_task(ask(pool))
    await asyncio.sleep(0.05)
    query.cancel()
    with pytest.raises(asyncio.CancelledError):
        await query
    assert stage.ended == [1]


async def test_retired_worker_is_not_used_again(pools: Pools) -> None:
    done = frame(FrameKind.DONE, msgspec.msgpack.encode(WorkDone(0, retires=True)))
    pool, stage = pools([b"", done], [b"", DONE])
    await ask(pool)
    await ask(pool)
    assert stage.forked == 2


async def test_idle_worker_that_has_died_is_not_used(pools: Pools) -> None:
    pool, stage = pools([b"", DONE, None], [b"", PAGE, DONE])
    await ask(pool)
    await asyncio.sleep(0.02)
    assert len(await ask(pool)) == 1
    assert stage.forked == 2


async def test_database_that_is_away_is_not_asked_twice(pools: Pools) -> None:
    away = frame(FrameKind.UNAVAILABLE, b"connection refused")
    pool, stage = pools([b"", away, DONE], [b"", DONE])
    with pytest.raises(UnavailableError):
        await ask(pool)
    assert stage.forked == 1


async def test_workers_that_do_not_start_are_unavailable(pools: Pools) -> None:
    pool, _ = pools()
    with pytest.raises(UnavailableError):
        await ask(pool)


async def test_no_workers_is_not_offered(pools: Pools) -> None:
    pool, _ = pools(workers=0)
    with pytest.raises(NotSupportedError, match=r"butlery\[queries\]"):
        pool.require_offered("repo")
