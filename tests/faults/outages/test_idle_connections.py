"""Connections that wait cost those that ask nothing; an end drops no request."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.coherence.watching.requests import find
from tests.faults.conftest import Report
from tests.faults.outages.stage.client import Client, Reply, ask_all, encode
from tests.faults.outages.stage.place import Place, serving
from tests.faults.outages.stage.proxy import SlowProxy
from tests.faults.outages.stage.stock import TYPE, data_id, user_chain
from tests.faults.outages.stage.streamed import STEADY
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_BUSY = 16
_WINDOW_SECONDS = 1.0
_LEAST_RATIO = 0.8
_FILES = 16_384


@dataclass(frozen=True)
class Round:
    """Answers a second, without idle connections and beside them."""

    alone: float
    crowded: float
    replies: list[Reply]
    """What was answered to those that were idle, before and after."""

    @property
    def ratio(self) -> float:
        return self.crowded / self.alone


@pytest.fixture(scope="module", autouse=True)
def many_files() -> Iterator[None]:
    """Let this process and the servers that it starts have enough descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(_FILES, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_connections_do_not_slow_the_others(
    server: ButleryServer, report: Report, *, soak: bool
) -> None:
    """The best of some rounds: what else runs on the machine slows some of them."""
    number = 2_000 if soak else 500
    ask_all(server, STEADY)
    found: list[Round] = []
    while len(found) < (5 if soak else 3):
        found.append(asyncio.run(_compare(server, number)))
        if not soak and found[-1].ratio >= _LEAST_RATIO:
            break
    assert all(reply.is_good for each in found for reply in each.replies)
    best = max(found, key=lambda each: each.ratio)
    report(
        f"{best.crowded:.0f} answers/s beside {number} idle connections,"
        f" {best.alone:.0f} without"
    )
    assert best.ratio >= _LEAST_RATIO


def test_sigterm_drops_no_request(
    release: Place, breakable: PostgresCluster, report: Report
) -> None:
    with (
        SlowProxy(breakable.port) as proxy,
        serving(release.seen_as_reader(proxy.port)) as ending,
    ):
        ask_all(ending, STEADY)
        proxy.delay_seconds = 0.5
        replies, seconds = asyncio.run(_end_under_load(ending))
    assert ending.process.returncode == 0
    assert all(reply.is_good for reply in replies)
    report(f"{len(replies)} requests in flight answered; ended after {seconds:.2f} s")


async def _compare(server: ButleryServer, number: int) -> Round:
    """Measure the rate of a few without, with and without many idle ones."""
    message = encode(server, STEADY[0])
    async with _clients(server, _BUSY) as busy:
        before = await _rate(busy, message)
        async with _clients(server, number) as idle:
            replies = await _ask_each(idle, message)
            crowded = await _rate(busy, message)
            replies += await _ask_each(idle, message)
        after = await _rate(busy, message)
    return Round((before + after) / 2, crowded, replies)


@asynccontextmanager
async def _clients(
    server: ButleryServer, number: int
) -> AsyncIterator[Sequence[Client]]:
    clients: list[Client] = []
    try:
        for _ in range(number):
            clients.append(await Client.open(server.port))  # noqa: PERF401 - to close them
        yield clients
    finally:
        await asyncio.gather(*(client.close() for client in clients))


async def _rate(clients: Sequence[Client], message: bytes) -> float:
    """Return how many answers a second all get together, asking without a pause."""
    end = time.monotonic() + _WINDOW_SECONDS

    async def ask(client: Client) -> int:
        number = 0
        while time.monotonic() < end:
            await client.send(message)
            number += 1
        return number

    return sum(await asyncio.gather(*map(ask, clients))) / _WINDOW_SECONDS


async def _ask_each(clients: Sequence[Client], message: bytes) -> list[Reply]:
    replies = []
    for first in range(0, len(clients), 50):
        some = clients[first : first + 50]
        replies += await asyncio.gather(*(client.send(message) for client in some))
    return replies


async def _end_under_load(server: ButleryServer) -> tuple[list[Reply], float]:
    """End a server while it waits for its database; return what it still answers."""
    clients = [await Client.open(server.port) for _ in range(_BUSY)]
    cold = [find(TYPE, data_id(n), user_chain(190)) for n in range(3)]
    messages = [encode(server, cold[n % len(cold)]) for n in range(_BUSY)]
    asking = [
        asyncio.create_task(client.send(message))
        for client, message in zip(clients, messages, strict=True)
    ]
    await asyncio.sleep(0.25)
    assert not any(task.done() for task in asking), "nothing is in flight"
    started = time.monotonic()
    server.process.terminate()
    replies = await asyncio.gather(*asking)
    await asyncio.to_thread(server.process.wait, 20)
    await asyncio.gather(*(client.close() for client in clients))
    return replies, time.monotonic() - started
