"""Rounds of load: every endpoint alone, and one endpoint beside the floor.

The generator is started anew for each round, so that none inherits anything
from the one before. Server and floor take turns, because a shared machine is
faster at one time than at another: only neighbours are compared.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.load.figures import Figures
from benchmarks.load.requests import write_requests

from .servers import ROOT, Server
from .workload import Operation

CONNECTIONS = (1, 16, 64)
COMPARED_CONNECTIONS = 16


class Measured(msgspec.Struct, frozen=True):
    """The figures of one operation at one number of connections."""

    operation: str
    figures: Figures


class Comparison(msgspec.Struct, frozen=True):
    """The same requests put to Butlery and to the floor, in turns."""

    operation: str
    turns: list[tuple[Figures, Figures]]
    """Of Butlery and of the floor."""

    @property
    def rate_ratio(self) -> float:
        """Median over the turns of Butlery's rate by the floor's."""
        return statistics.median(
            ours.requests_per_second / floor.requests_per_second
            for ours, floor in self.turns
        )

    @property
    def extra_cpu_us(self) -> float | None:
        """Median CPU time per request beyond the floor's, where it is known."""
        known = [
            ours.server_cpu_us - floor.server_cpu_us
            for ours, floor in self.turns
            if ours.server_cpu_us is not None and floor.server_cpu_us is not None
        ]
        return statistics.median(known) if known else None


def measure_all(
    server: Server, operations: list[Operation], seconds: float
) -> Iterator[Measured]:
    """Measure every operation at every number of connections."""
    for operation in operations:
        for connections in CONNECTIONS:
            figures = _load(server, operation, connections, seconds)
            yield Measured(operation.name, figures)


def compare(
    server: Server, floor: Server, operation: Operation, seconds: float, turns: int
) -> Comparison:
    """Let server and floor take turns at answering ``operation``."""
    pairs = [
        (
            _load(server, operation, COMPARED_CONNECTIONS, seconds),
            _load(floor, operation, COMPARED_CONNECTIONS, seconds),
        )
        for _ in range(turns)
    ]
    return Comparison(operation.name, pairs)


def _load(
    server: Server, operation: Operation, connections: int, seconds: float
) -> Figures:
    requests = [question.request for question in operation.questions]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.jsonl"
        write_requests(file, requests)
        return _run_generator(server, file, connections, seconds)


def _run_generator(
    server: Server, file: Path, connections: int, seconds: float
) -> Figures:
    options = ["--json", "--url", server.url, "--requests", str(file)]
    options += ["--connections", str(connections), "--seconds", str(seconds)]
    if server.pid is not None:
        options += ["--server-pid", str(server.pid)]
    done = subprocess.run(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "benchmarks.load", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Figures)
