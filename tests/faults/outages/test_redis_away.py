"""Redis killed, frozen, emptied or cutting us off: no request notices.

Answers stay cached and true; the state says that only the poll tells of changes now.
"""

import time

from redis import Redis

from tests.faults.conftest import Report
from tests.faults.outages.stage.hearing import (
    LIVE_SECONDS,
    POLLED_SECONDS,
    SILENCE_SECONDS,
    asking_steadily,
    check,
)
from tests.faults.outages.stage.place import Place
from tests.support.redis_server import RedisServer
from tests.support.servers import ButleryServer

KEY = "butlery:changes"


def test_killed_and_restarted_empty(
    streamed: ButleryServer,
    release: Place,
    redis: RedisServer,
    *,
    soak: bool,
    report: Report,
) -> None:
    number = 20 if soak else 3
    with asking_steadily(streamed, release, report, number) as asking:
        for _ in range(number):
            with asking.away():
                redis.kill()
                asking.change_something()
                time.sleep(1.2)
                redis.restart()
    check(asking, POLLED_SECONDS)


def test_frozen(
    streamed: ButleryServer,
    release: Place,
    redis: RedisServer,
    *,
    soak: bool,
    report: Report,
) -> None:
    with asking_steadily(streamed, release, report, 1) as asking, asking.away():
        redis.suspend()
        asking.change_something()
        time.sleep(30 if soak else 4)
        redis.resume()
    check(asking, SILENCE_SECONDS + POLLED_SECONDS)


def test_emptied_trimmed_recreated_and_cutting_us_off(
    streamed: ButleryServer,
    release: Place,
    redis: RedisServer,
    *,
    soak: bool,
    report: Report,
) -> None:
    """The stream breaks, Redis does not: each time something is said, and lost."""
    faults = (
        lambda: redis.execute("FLUSHALL"),
        lambda: redis.execute("XTRIM", KEY, "MAXLEN", 0),
        lambda: _recreate(redis),
        lambda: redis.execute("CLIENT", "KILL", "TYPE", "normal"),
        lambda: _flood(redis),
    )
    for _ in range(10 if soak else 1):
        with asking_steadily(streamed, release, report, len(faults)) as asking:
            for break_something in faults:
                asking.change_something()
                break_something()
                time.sleep(0.6)
            began = time.monotonic()
            asking.wait_until_live()
            assert time.monotonic() - began <= LIVE_SECONDS
        check(asking)


def _recreate(redis: RedisServer) -> None:
    with Redis.from_url(redis.url) as client:
        both = client.pipeline(transaction=True)
        both.delete(KEY)
        both.xadd(KEY, {"d": b"not one of ours"}, id="1-1")
        both.execute()


def _flood(redis: RedisServer) -> None:
    """Let Redis cut off whoever asks for more than a few of very long entries."""
    redis.execute("CONFIG", "SET", "client-output-buffer-limit", "normal 65536 0 0")
    for _ in range(64):
        redis.execute("XADD", KEY, "*", "d", b"x" * 8192)
    time.sleep(0.5)
    redis.execute("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")
