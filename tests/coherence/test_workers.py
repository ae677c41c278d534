"""Every worker process follows the database by itself, and none falls behind."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.coherence.watching import requests
from tests.coherence.watching.patience import seconds_until
from tests.coherence.watching.requests import Connection, Reply
from tests.coherence.writer import Writer, given
from tests.support.servers import ButleryServer

_WORKERS = 2
_BOUND_SECONDS = 2.0
_MOST_CONNECTIONS = 200
_TYPE, _RUN = "w_type", "w/run"


def test_every_worker_shows_every_change_within_two_seconds(
    postgres_repository: Path,
) -> None:
    server = ButleryServer.start(
        postgres_repository, arguments=[f"--workers={_WORKERS}"]
    )
    id_, put = given.put(_TYPE, _RUN, given.DETECTOR)
    steps = [
        ([given.register_run(_RUN)], requests.collection(_RUN)),
        ([given.register_type(_TYPE, *given.CAMERA)], requests.dataset_type(_TYPE)),
        ([put], requests.find(_TYPE, given.DETECTOR, _RUN)),
        ([given.document(_RUN, "all of it")], requests.collection(_RUN)),
    ]
    proofs = (_RUN, _TYPE, id_, "all of it")
    try:
        with Writer(postgres_repository) as writer, _one_each(server) as connections:
            for (commands, request), proof in zip(steps, proofs, strict=True):
                writer.do(commands)
                written = time.monotonic()
                for connection in connections:
                    seconds_until(
                        connection,
                        request,
                        partial(_shows, proof),
                        bound_seconds=_BOUND_SECONDS,
                        since=written,
                    )
    finally:
        server.stop()


def _shows(proof: str, reply: Reply) -> bool:
    return reply.status == 200 and proof in str(reply.body)


@contextmanager
def _one_each(server: ButleryServer) -> Iterator[list[Connection]]:
    """Open connections until every worker has taken one; keep one of each."""
    with ExitStack() as stack:
        ports: dict[int, Connection] = {}
        for _ in range(_MOST_CONNECTIONS):
            connection = stack.enter_context(Connection(server, stays=True))
            connection.send(requests.Request("universe"))
            ports[connection.local_port] = connection
            workers = _workers(server, ports)
            if len(workers) == _WORKERS:
                break
        assert len(workers) == _WORKERS, "one worker takes no connection"
        yield list(workers.values())


def _workers(
    server: ButleryServer, ports: dict[int, Connection]
) -> dict[int, Connection]:
    """Return a connection of each process that serves one, by process id."""
    found = {}
    for process in psutil.Process(server.process.pid).children(recursive=True):
        for end in process.net_connections("tcp"):
            if end.raddr and end.laddr.port == server.port and end.raddr.port in ports:
                found[process.pid] = ports[end.raddr.port]
    return found
