"""How long lookups take while all query workers are busy, beside an idle server.

Workers wait for the database, behind a lock, or send rows without end.
"""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator

import msgspec
import psycopg

from benchmarks.load.figures import Figures
from benchmarks.load.generator import Plan, measure
from benchmarks.load.requests import Request, Target
from benchmarks.serving.process import Server
from benchmarks.serving.servers import LABEL

from .cores import Cores, pin_database, pin_server
from .place import CAMERA, Place
from .streaming import ask, stream

IDLE, WAITING, SENDING = "idle", "waiting for the database", "sending rows"
_PATIENCE_SECONDS = 30.0
_BEGIN_SECONDS = 3.0  # what a process imports, and the first page
# A process of its own for each client: those that measure shall not wait for them.
_spawn = multiprocessing.get_context("spawn")


class Options(msgspec.Struct, frozen=True):
    """How long is measured."""

    seconds: float = 5.0
    turns: int = 3
    connections: int = 4
    workers: int = 2


def measure_lookups(
    server: Server, where: Place, options: Options
) -> dict[str, list[Figures]]:
    """Return the figures of lookups, turn by turn, for each thing that workers do."""
    stream(server, "detector")  # workers exist, and have all open
    cores = Cores.shared_out()
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores.asking)
    try:
        [(postmaster,)] = where.cluster.execute(
            "SELECT pg_read_file('postmaster.pid', 0, 20)"
        )
        pin_database(int(postmaster.split()[0]), cores)
        return _take_turns(server, where, options, cores)
    finally:
        os.sched_setaffinity(0, own)


def _take_turns(
    server: Server, where: Place, options: Options, cores: Cores
) -> dict[str, list[Figures]]:
    target = Target.from_url(f"{server.url}/api/butler/repo/{LABEL}/v1")
    messages = [target.encode(_find(number)) for number in range(1, 4)]
    plan = Plan(options.connections, options.seconds, server_pid=None)
    busy: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
        IDLE: contextlib.nullcontext,
        WAITING: lambda: _waiting(server, where, options.workers),
        SENDING: lambda: _sending(server, options.workers, cores),
    }
    found: dict[str, list[Figures]] = {name: [] for name in busy}
    for _ in range(options.turns):
        for name, keep_busy in busy.items():
            with keep_busy():
                pin_server(server.pid, cores)
                found[name].append(measure(target, messages, plan))
    return found


def _find(detector: int) -> Request:
    body = {
        "dataset_type": "bias",
        "data_id": {"instrument": CAMERA, "detector": detector},
        "default_data_id": {},
        "collections": ["imported_g"],
        "timespan": None,
        "dimension_records": False,
    }
    return Request("POST", "/find_dataset", msgspec.Raw(msgspec.json.encode(body)))


@contextlib.contextmanager
def _waiting(server: Server, where: Place, workers: int) -> Iterator[None]:
    """Let every worker wait for a table that is locked."""
    with contextlib.ExitStack() as stack:
        locking = stack.enter_context(
            psycopg.connect(where.cluster.url(where.database))
        )
        locking.execute('LOCK TABLE "group" IN ACCESS EXCLUSIVE MODE')
        stack.callback(locking.rollback)
        for _ in range(workers):
            stack.enter_context(contextlib.closing(ask(server, "group")))
        _await_waiting(where, workers)
        yield


def _await_waiting(where: Place, count: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while where.cluster.execute(sql) != [(count,)]:
        if time.monotonic() > deadline:
            raise TimeoutError("the query workers do not come to wait")
        time.sleep(0.05)


@contextlib.contextmanager
def _sending(server: Server, workers: int, cores: Cores) -> Iterator[None]:
    """Let every worker send rows, again and again, to clients of other processes."""
    clients = [
        _spawn.Process(target=_read_on, args=(server, cores.others), daemon=True)
        for _ in range(workers)
    ]
    for client in clients:
        client.start()
    time.sleep(_BEGIN_SECONDS)
    try:
        yield
    finally:
        for client in clients:
            client.kill()
            client.join()


def _read_on(server: Server, cores: tuple[int, ...]) -> None:
    os.sched_setaffinity(0, cores)
    while True:
        stream(server)
