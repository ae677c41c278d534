"""The clock over all connections: it opens, closes and adds up a run.

A run warms up, then counts. The rate, and CPU time by it, is of the requests
*answered* while the clock runs, whenever they were sent: a slow server is as busy
at the begin of that time as at its end. Latencies and errors are of those *sent*
meanwhile, and are waited for, so that a slow answer at the end is seen. One that is
not answered within the grace period is an error.
"""

import asyncio
import gc
import itertools
import random
import time
from collections.abc import Iterator, Sequence

import msgspec
import uvloop

from .connection import Connection, Tally
from .cpu import tree_cpu_seconds
from .figures import Figures, summarise
from .requests import Target

_RECONNECT_SECONDS = 0.01


class Plan(msgspec.Struct, frozen=True):
    """What a run does, but for whom and what it asks."""

    connections: int = 16
    seconds: float = 5.0
    warmup_seconds: float = 0.5
    grace_seconds: float = 5.0
    seed: int = 1
    server_pid: int | None = None


def measure(target: Target, messages: Sequence[bytes], plan: Plan) -> Figures:
    """Put ``messages`` to ``target``, in random order, for ``plan.seconds``."""
    gc.disable()  # nothing here is cyclic, and a collection would be a slow answer
    try:
        return uvloop.run(_measure(target, messages, plan))
    finally:
        gc.enable()


async def _measure(target: Target, messages: Sequence[bytes], plan: Plan) -> Figures:
    tally = Tally()
    keepers = [
        asyncio.create_task(_keep_connected(target, order, tally))
        for order in request_orders(messages, plan)
    ]
    await asyncio.sleep(plan.warmup_seconds)
    cpu = _server_cpu(plan)
    start, own_cpu = time.perf_counter(), time.process_time()
    tally.counting = True
    await asyncio.sleep(plan.seconds)
    tally.counting = tally.sending = False
    seconds = time.perf_counter() - start
    own_cpu, cpu_after = time.process_time() - own_cpu, _server_cpu(plan)
    await asyncio.wait(keepers, timeout=plan.grace_seconds)  # each ends when answered
    for keeper in keepers:
        keeper.cancel()
    return summarise(
        tally.latencies,
        answered=tally.answered,
        connections=plan.connections,
        errors=tally.errors + tally.waiting,
        seconds=seconds,
        generator_cpu_seconds=own_cpu,
        server_cpu_seconds=(
            None if cpu is None or cpu_after is None else cpu_after - cpu
        ),
    )


async def _keep_connected(
    target: Target, messages: Iterator[bytes], tally: Tally
) -> None:
    loop = asyncio.get_running_loop()
    while tally.sending:
        try:
            transport, connection = await loop.create_connection(
                lambda: Connection(messages, tally), target.host, target.port
            )
        except OSError:
            tally.errors += tally.counting
            await asyncio.sleep(_RECONNECT_SECONDS)
        else:
            try:
                await connection.closed.wait()
            finally:
                transport.abort()  # of use only to one that was never answered


def request_orders(messages: Sequence[bytes], plan: Plan) -> Iterator[Iterator[bytes]]:
    """Give each connection an endless, reproducible order of its own."""
    for number in range(plan.connections):
        shuffled = list(messages)
        random.Random(f"{plan.seed}/{number}").shuffle(shuffled)
        yield itertools.cycle(shuffled)


def _server_cpu(plan: Plan) -> float | None:
    return None if plan.server_pid is None else tree_cpu_seconds(plan.server_pid)
