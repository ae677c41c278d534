"""The layers of a lookup, timed by pytest-benchmark in a process of its own."""

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from .tables import Table

_ROOT = Path(__file__).parents[2]


class _Stats(msgspec.Struct, frozen=True):
    """Seconds per pass over all lookups."""

    median: float
    iqr: float
    min: float


class _ExtraInfo(msgspec.Struct, frozen=True):
    calls: int
    """How many lookups one pass made."""


class _Benchmark(msgspec.Struct, frozen=True):
    name: str
    group: str
    stats: _Stats
    extra_info: _ExtraInfo


class _Results(msgspec.Struct, frozen=True):
    """What of pytest-benchmark's JSON we use."""

    benchmarks: list[_Benchmark]


def measure_layers() -> Table:
    """Run ``benchmarks/layers`` and lay out the time of one call of each."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "layers.json"
        done = subprocess.run(  # noqa: S603 - this interpreter, our own tests
            [
                *(sys.executable, "-m", "pytest", "benchmarks/layers", "-q"),
                *("--benchmark-enable", f"--benchmark-json={output}"),
            ],
            cwd=_ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"the layers were not timed:\n{done.stdout}")
        results = msgspec.json.decode(output.read_bytes(), type=_Results)
    return Table(
        "Layers, one call in one process",
        ("layer", "median µs", "spread µs", "fastest µs"),
        [_row(benchmark) for benchmark in results.benchmarks],
        ("Spread is the distance between the quartiles.",),
    )


def _row(benchmark: _Benchmark) -> tuple[str, ...]:
    name = benchmark.name.removeprefix("test_").replace("_", " ")
    stats = benchmark.stats
    microseconds = 1e6 / benchmark.extra_info.calls
    times = (stats.median, stats.iqr, stats.min)
    return (
        f"{benchmark.group}: {name}",
        *(f"{seconds * microseconds:.2f}" for seconds in times),
    )
