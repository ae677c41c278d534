"""Whatever happens to the stream's server, a reader follows or says that it cannot."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from butlery.cache.bus import Interrupted, TransportError
from butlery.cache.bus.transports.redis import RedisTransport
from tests.cache.bus.media import Reader, until
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.anyio

KEY = "butlery:changes"


@pytest.fixture
async def reader(redis_server: RedisServer) -> AsyncIterator[Reader]:
    transport = RedisTransport(redis_server.url)
    reader = Reader(transport)
    await reader.join()
    await transport.send(b"before")
    await reader.get(1)
    yield reader
    await transport.close()
    reader.task.cancel()


async def finish(reader: Reader) -> None:
    """See one interruption, and then a frame."""
    await reader.get(2)
    await reader.join()
    await reader.transport.send(b"after")
    before, interruption, after = await reader.get(3)
    assert (before, after) == (b"before", b"after")
    assert isinstance(interruption, Interrupted)


async def test_emptied_server_is_noticed_while_nobody_writes(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.execute("FLUSHALL")
    assert await until(lambda: reader.interruptions == 1) < 1.0
    await finish(reader)


async def test_stream_made_anew_is_noticed_though_its_ids_go_on(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.execute("DEL", KEY)
    redis_server.execute("XADD", KEY, "*", "d", "of the new stream")
    await finish(reader)


async def test_stream_made_anew_with_the_same_id_is_noticed(
    redis_server: RedisServer, reader: Reader
) -> None:
    [(entry_id, _)] = redis_server.execute("XREVRANGE", KEY, "+", "-", "COUNT", 1)
    script = "redis.call('DEL', KEYS[1]); redis.call('XADD', KEYS[1], ARGV[1], 'd', 0)"
    redis_server.execute("EVAL", script, 1, KEY, entry_id)
    await finish(reader)


async def test_clock_that_went_back_is_noticed(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.execute("DEL", KEY)
    redis_server.execute("XADD", KEY, "1-1", "d", "from long ago")
    await finish(reader)


async def test_reader_that_was_overtaken_by_trimming_says_so(
    redis_server: RedisServer,
) -> None:
    transport = RedisTransport(redis_server.url)
    incoming = transport.receive()
    waiting = asyncio.ensure_future(anext(incoming))
    await until(lambda: transport.connected)
    await transport.send(b"before")
    assert await waiting == b"before"
    for number in range(20):
        redis_server.execute("XADD", KEY, "MAXLEN", 5, "*", "d", number)
    assert isinstance(await anext(incoming), Interrupted)
    await incoming.aclose()
    await transport.close()


async def test_cut_connections_lose_nothing(
    redis_server: RedisServer, reader: Reader
) -> None:
    for number in range(5):
        redis_server.execute("CLIENT", "KILL", "TYPE", "normal")
        redis_server.execute("XADD", KEY, "*", "d", number)
    expected = [b"before", *(b"%d" % number for number in range(5))]
    assert await reader.get(6) == expected


async def test_stopped_server_is_noticed_and_nothing_is_lost(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.suspend()
    try:
        stopped = time.monotonic()
        with pytest.raises(TransportError):
            await reader.transport.send(b"late or lost")
        assert time.monotonic() - stopped < 0.5
        await until(lambda: not reader.transport.connected)
        assert time.monotonic() - stopped < 1.2
    finally:
        redis_server.resume()
    await reader.join()
    await reader.transport.send(b"after")
    await until(lambda: reader.items[-1] == b"after")
    assert reader.interruptions == 0


async def test_key_of_another_type_is_waited_out(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.execute("SET", KEY, "a string")
    await until(lambda: not reader.transport.connected)
    with pytest.raises(TransportError, match="WRONGTYPE"):
        await reader.transport.send(b"lost")
    redis_server.execute("DEL", KEY)
    await finish(reader)


async def test_answer_too_long_for_the_server_is_asked_for_in_parts(
    redis_server: RedisServer, reader: Reader
) -> None:
    frames = [b"%2d" % number + bytes(500_000) for number in range(30)]
    add = "for i, v in ipairs(ARGV) do redis.call('XADD', KEYS[1], '*', 'd', v) end"
    limit = "client-output-buffer-limit"
    redis_server.execute("CONFIG", "SET", limit, "normal 2mb 0 0")
    redis_server.execute("EVAL", add, 1, KEY, *frames)
    assert await reader.get(31) == [b"before", *frames]


async def test_entries_of_strangers_are_handed_out_as_no_message(
    redis_server: RedisServer, reader: Reader
) -> None:
    redis_server.execute("XADD", KEY, "*", "other", "field")
    assert await reader.get(2) == [b"before", b""]


async def test_reading_does_not_delay_writing(reader: Reader) -> None:
    await asyncio.sleep(0.05)  # it is blocked for 200 ms now
    started = time.monotonic()
    await reader.transport.send(b"now")
    await reader.get(2)
    assert time.monotonic() - started < 0.15


async def test_server_that_dies_again_and_again(
    redis_server: RedisServer, reader: Reader, *, soak: bool
) -> None:
    for number in range(50 if soak else 3):
        redis_server.restart()
        await until(lambda n=number: reader.interruptions == n + 1)  # type: ignore[misc]
    await reader.join()
    await reader.transport.send(b"after")
    await until(lambda: reader.items[-1] == b"after")


async def test_password_is_never_shown(redis_server: RedisServer) -> None:
    with pytest.raises(ValueError, match="percent-encoded") as refused:
        RedisTransport("redis://:open/sesame@host:port/0")
    shown = repr(refused.value) + repr(refused.value.__cause__)
    with capture_logs() as logs:
        for password in ("opensesame", "wrong-sesame"):
            url = redis_server.url.replace("opensesame", password)
            transport = RedisTransport(url)
            reader = Reader(transport)
            with suppress(TransportError):
                await transport.send(b"x")
            redis_server.restart()
            await asyncio.sleep(0.2)
            shown += repr(transport)
            await transport.close()
            reader.task.cancel()
    assert "sesame" not in shown + repr(logs)


async def test_server_of_the_tests_is_killed_frozen_and_mended(
    redis_server: RedisServer,
) -> None:
    port = redis_server.port
    redis_server.execute("SET", "key", "value")
    redis_server.kill()
    with pytest.raises(RedisError):
        redis_server.execute("GET", "key")
    redis_server.restart()
    assert redis_server.port == port
    assert redis_server.execute("GET", "key") is None


async def test_read_that_is_cancelled_at_any_time_ends(
    redis_server: RedisServer,
) -> None:
    for _ in range(60):  # without our care one in six would go on
        transport = RedisTransport(redis_server.url)
        waiting = asyncio.ensure_future(anext(transport.receive()))
        await asyncio.sleep(random.choice([0, 0.0005, 0.001, 0.002, 0.003, 0.01]))
        waiting.cancel()
        await asyncio.wait({waiting}, timeout=1)
        assert waiting.cancelled()
        await transport.close()
