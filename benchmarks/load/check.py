"""How fast the generator itself is: put to a server that does nothing.

The generator and `floor` each have a process. Whichever is slower bounds the
rate seen; the generator's own limit follows from the CPU time that it spent per
request. `wrk`, a generator in C, is asked beside it if it is installed.
"""

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.table import Table

from .figures import Figures
from .generator import Plan, measure
from .requests import Request, Target

_WRK_RATE = re.compile(r"^Requests/sec:\s*([0-9.]+)", re.MULTILINE)
# Of the shape and size of the real thing.
_QUESTION = Request(
    "POST",
    "/api/butler/repo/demo/v1/find_dataset",
    msgspec.Raw(
        b'{"dataset_type":"calexp","data_id":{"instrument":"Camera","visit":1,'
        b'"detector":1},"default_data_id":{},"collections":["runs/all"],'
        b'"timespan":null,"dimension_records":false}'
    ),
)


def self_check(plan: Plan, connections: tuple[int, ...]) -> None:
    """Measure the generator at each number of connections; print a table."""
    table = Table(title="generator against a fixed answer")
    for name in ("connections", "requests/s", "p50 ms", "p99 ms", "errors"):
        table.add_column(name, justify="right")
    table.add_column("busy", justify="right")
    table.add_column("own limit", justify="right")
    table.add_column("wrk", justify="right")
    with running_floor() as (target, pid):
        for count in connections:
            changed = {"connections": count, "server_pid": pid}
            now = msgspec.structs.replace(plan, **changed)
            figures = measure(target, [target.encode(_QUESTION)], now)
            table.add_row(*_row(figures), _wrk_rate(target, now))
    Console().print(table)


@contextlib.contextmanager
def running_floor() -> Iterator[tuple[Target, int]]:
    """Run `floor` in a process of its own; give its address and process id."""
    command = [sys.executable, "-m", "benchmarks.load.floor"]
    with subprocess.Popen(  # noqa: S603 - this interpreter, this package
        command, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield Target("127.0.0.1", int(server.stdout.readline())), server.pid
        finally:
            server.terminate()


def _row(figures: Figures) -> list[str]:
    return [
        str(figures.connections),
        f"{figures.requests_per_second:,.0f}",
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.2f}",
        str(figures.errors),
        f"{figures.generator_busy:.0%}",
        f"{figures.generator_limit:,.0f}",
    ]


def _wrk_rate(target: Target, plan: Plan) -> str:
    wrk = shutil.which("wrk")
    if wrk is None:
        return "none"
    load = ["-t1", f"-c{plan.connections}", f"-d{max(round(plan.seconds), 1)}s"]
    url = f"http://{target.host}:{target.port}/"
    done = subprocess.run(  # noqa: S603 - found on the PATH, asked a fixed question
        [wrk, *load, url], capture_output=True, text=True, check=True
    )
    rate = _WRK_RATE.search(done.stdout)
    return f"{float(rate[1]):,.0f}" if rate else "no answer"
