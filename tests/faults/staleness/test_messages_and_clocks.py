"""No message harms a follower, and no wall clock matters to it."""

import ast
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any, TypeGuard

import pytest

import butlery
from butlery.cache.bus import (
    Acknowledged,
    Changed,
    Checked,
    Command,
    Covered,
    Envelope,
    Farewell,
    Heartbeat,
    Message,
    UnknownMessageError,
    decode,
    encode,
)
from tests.coherence.places import database_of
from tests.faults.conftest import Report
from tests.faults.staleness.stage.opening import open_inside
from tests.faults.staleness.stage.study import Study
from tests.faults.staleness.stage.users import Users
from tests.faults.staleness.stage.watched import Watched, WatchedPlace, until_relied_on

pytestmark = pytest.mark.anyio

_POLL_SECONDS = 0.4
_BOUND_SECONDS = _POLL_SECONDS + 1
_USERS, _RATE = 20, 8.0
_FRAMES, _SOAK_FRAMES = 2_000, 10_000
_PATIENCE_SECONDS = 30.0
_MOST_WAITING = 20
_HOUR_SECONDS = 3600.0
_ROOMS = (
    *("cache/answers", "cache/bus", "cache/follower", "cache/lookup"),
    *("cache/snapshot", "registry"),
)


async def test_fuzzed_messages_stop_no_follower_and_fail_no_request(
    closing_stack: AsyncExitStack, root: Path, report: Report, *, soak: bool
) -> None:
    place = WatchedPlace(closing_stack, root, _POLL_SECONDS)
    users = Users(database_of(root), _USERS)
    await place.watch()
    server = await place.open("fuzzed")
    await until_relied_on(server)
    study = Study(
        users,
        [server],
        bound_seconds=_BOUND_SECONDS,
        rate=_RATE,
        readers=2,
        pause_seconds=0.005,
    )
    counters = server.stream.counters
    identity = server.repository.registry.identity
    before, unknown, expected = counters.received, counters.unknown, 0
    frames = _SOAK_FRAMES if soak else _FRAMES
    async with study.writing():
        for number, frame in enumerate(islice(_fuzzed(identity, Random(11)), frames)):
            expected += not _is_known(frame)
            place.hub.spread(frame)
            await _reach(lambda: counters.received, before + number - _MOST_WAITING)
        # Beats and marks are received besides, and do not say that these were.
        await _reach(lambda: counters.unknown - unknown, expected)
    verdict = study.findings.judge(_BOUND_SECONDS)
    report(verdict.text(f"{frames} fuzzed messages, {expected} of them unknown"))
    report(server.text())
    verdict.check()
    assert counters.unknown - unknown == expected
    assert not study.findings.refused
    await _still_follows(server)


async def _reach(counted: Callable[[], int], number: int) -> None:
    """Return when as many were taken; a hub cuts off whoever takes too few."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while counted() < number:
        assert time.monotonic() < deadline, "the follower has stopped"
        await asyncio.sleep(0.01)


async def _still_follows(server: Watched) -> None:
    """See that marks come, and are relied on again."""
    before = server.coverage.marks
    await until_relied_on(server)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while server.coverage.marks == before:
        assert time.monotonic() < deadline, "no mark has come"
        await asyncio.sleep(0.01)


def _is_known(frame: bytes) -> bool:
    try:
        decode(frame)
    except UnknownMessageError:
        return False
    return True


def _fuzzed(identity: str, random: Random) -> Iterator[bytes]:
    """Yield random bytes, valid frames mutated, huge, nested and of wrong types."""
    for number in count(1):
        message = random.choice(_messages(identity, random))
        publisher = f"fuzzer {random.randint(1, 3)}"
        frame = encode(Envelope(random.choice("ab"), publisher, number, message))
        yield random.choice(_FUZZERS)(frame, random)


def _messages(identity: str, random: Random) -> list[Message]:
    number = random.choice([0, 1, -1, 2**31, 2**53, -(2**63)])
    word = random.choice(["", "x", "\0", "☃" * 50, "1:1:", "0/0", identity])
    return [
        Changed(identity, [number, word], [1], [word], [word], new_datasets=True),
        Changed(word, everything=True),
        Changed(identity, everything=random.random() < 0.1, definitions=True),
        Covered(identity, word, f"{number}:{number}:"),
        Covered(identity, word, word),
        Heartbeat(number),
        Farewell(),
        Command(word, identity, word, {word: [word]}),
        Acknowledged(word, word, True, word, {word: number}, 1e300),
    ]


def _as_it_is(frame: bytes, _: Random) -> bytes:
    return frame


def _noise(_: bytes, random: Random) -> bytes:
    return random.randbytes(random.choice([0, 1, 10, 1000]))


def _mutated(frame: bytes, random: Random) -> bytes:
    data = bytearray(frame)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(data) + 1)
        data[start : start + random.randrange(8)] = random.randbytes(
            random.randrange(6)
        )
    return bytes(data)


def _huge(frame: bytes, random: Random) -> bytes:
    size = random.choice([1_000, 50_000])
    return frame[:-1] + b',"more":"' + b"x" * size + b'"}'


def _nested(frame: bytes, random: Random) -> bytes:
    depth = random.choice([10, 10_000])
    return frame[:-1] + b',"more":' + b"[" * depth + b"]" * depth + b"}"


def _of_wrong_types(frame: bytes, random: Random) -> bytes:
    body: dict[str, Any] = json.loads(frame)
    fields = random.choice([body, body["message"]])
    wrong: list[Any] = [None, [], {}, 1.5, -1, "text", True, [[]], 10**30]
    fields[random.choice(list(fields))] = random.choice(wrong)
    return json.dumps(body).encode()


_FUZZERS = (_as_it_is, _noise, _mutated, _huge, _nested, _of_wrong_types)


async def test_check_from_the_future_does_not_make_a_lease_eternal(
    closing_stack: AsyncExitStack, root: Path
) -> None:
    """Anybody on the stream could send it; only a host's poller should."""
    place = WatchedPlace(closing_stack, root, _POLL_SECONDS)
    await place.hub.start()
    server = await place.open("told of the future")
    keeper = server.repository.keeper
    message = Checked(
        server.repository.registry.identity,
        keeper.moment.node,
        keeper.moment.text,
        time.monotonic() + _HOUR_SECONDS,
    )
    await asyncio.sleep(0.2)
    place.hub.spread(encode(Envelope("1", "somebody", 1, message)))
    await asyncio.sleep(0.2)
    assert keeper.checked_seconds_ago >= 0


async def test_wall_clock_an_hour_off_changes_nothing(
    closing_stack: AsyncExitStack,
    root: Path,
    report: Report,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users = Users(database_of(root), _USERS)
    server = await open_inside(closing_stack, "clock", root, poll_seconds=_POLL_SECONDS)
    keeper = server.repository.keeper
    true_time, offset = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: true_time() + offset[0])
    study = Study(
        users,
        [server],
        bound_seconds=_BOUND_SECONDS,
        rate=_RATE,
        readers=2,
        pause_seconds=0.005,
    )
    versions, ages = [], []
    async with study.writing():
        for number in range(9):
            offset[0] = (0.0, _HOUR_SECONDS, -_HOUR_SECONDS)[number % 3]
            await asyncio.sleep(0.2)
            versions.append(keeper.snapshot.version)
            ages.append(keeper.checked_seconds_ago)
    verdict = study.findings.judge(_BOUND_SECONDS)
    report(verdict.text("wall clock ±1 h"))
    verdict.check()
    assert versions == sorted(versions)
    assert 0 <= min(ages) < max(ages) < _HOUR_SECONDS / 2
    assert not study.findings.refused


def test_nothing_that_keeps_or_follows_reads_the_wall_clock() -> None:
    package = Path(butlery.__file__).parent
    found = [
        f"{path.relative_to(package)}:{node.lineno}"
        for room in _ROOMS
        for path in (package / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _reads_wall_clock(node)
    ]
    assert not found


def _reads_wall_clock(node: ast.AST) -> TypeGuard[ast.Attribute]:
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    name = f"{node.value.id}.{node.attr}"
    return name in {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow"}
