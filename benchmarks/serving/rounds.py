"""Rounds of load in turns: every server once in each, and only then compared.

The generator is started anew for each round, so that none inherits anything from the
one before. Every second turn goes the other way round.
"""

import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmarks.load.figures import Figures
from benchmarks.load.requests import write_requests

from .process import ROOT, Server
from .workload import Operation

_ENOUGH = 3
"""Answers on each connection."""
_LONGER = 4


class Spread(msgspec.Struct, frozen=True):
    """What the pairs of all turns gave."""

    least: float
    median: float
    most: float


class Contest(msgspec.Struct, frozen=True):
    """The same requests put to several servers, in turns."""

    operation: str
    connections: int
    turns: list[dict[str, Figures]]
    """By the server's name."""

    def rate_ratio(self, server: str, other: str) -> Spread:
        """Divide a server's rate by another's, pair by pair."""
        return _spread(
            turn[server].requests_per_second / turn[other].requests_per_second
            for turn in self.turns
            if turn[other].requests
        )

    def cpu_ratio(self, server: str, other: str) -> Spread | None:
        """Divide CPU time per request likewise, if it is known."""
        pairs = [
            (turn[server].server_cpu_us, turn[other].server_cpu_us)
            for turn in self.turns
        ]
        known = [one / two for one, two in pairs if one is not None and two]
        return _spread(known) if known else None

    def typical(self, server: str) -> Figures:
        """Return the round of a server whose rate is the median."""
        rounds = sorted(
            (turn[server] for turn in self.turns), key=lambda f: f.requests_per_second
        )
        return rounds[len(rounds) // 2]

    @property
    def servers(self) -> list[str]:
        """Who took part, in order."""
        return list(self.turns[0])


def take_turns(
    servers: Sequence[Server],
    operation: Operation,
    connections: int,
    seconds: float,
    turns: int,
) -> Contest:
    """Let servers take turns at answering ``operation``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.jsonl"
        write_requests(file, [question.request for question in operation.questions])
        found = []
        for number in range(turns):
            order = servers[::-1] if number % 2 else servers
            turn = {s.name: load(s, file, connections, seconds) for s in order}
            found.append({server.name: turn[server.name] for server in servers})
    return Contest(operation.name, connections, found)


def load(server: Server, file: Path, connections: int, seconds: float) -> Figures:
    """Put the requests of a file to a server, in random order, for some seconds.

    A server that answers all connections at about the same time, and seldom, is given
    longer: too few of its answers would fall into the round.
    """
    figures = _run_generator(server, file, connections, seconds)
    if figures.requests < _ENOUGH * connections:
        figures = _run_generator(server, file, connections, seconds * _LONGER)
    if not figures.requests:
        raise RuntimeError(f"{server.name} did not answer within {figures.seconds} s")
    return figures


def _run_generator(
    server: Server, file: Path, connections: int, seconds: float
) -> Figures:
    options = ["--json", "--url", server.url, "--requests", str(file)]
    options += ["--connections", str(connections), "--seconds", str(seconds)]
    options += ["--warmup", "0.3", "--server-pid", str(server.pid)]
    done = subprocess.run(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-m", "benchmarks.load", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    # JSON has no infinity: whoever was asked has not answered once.
    found = msgspec.json.decode(done.stdout)
    late = {n: math.inf for n in ("p50_ms", "p99_ms") if found[n] is None}
    return msgspec.convert(found | late, Figures)


def _spread(ratios: Iterable[float]) -> Spread:
    values = sorted(ratios)
    return Spread(values[0], statistics.median(values), values[-1])
