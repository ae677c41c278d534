"""Two pictures of a run: how much each server answers, and how soon."""

import math

from benchmarks.report.bars import Bars

from .outcome import Report
from .rounds import Contest
from .servers import ASGI, LITESTAR, STOCK, WARM
from .workload import LOOKUPS

_GREY, _LIGHT_GREY = "#8a8a8a", "#c4c4c4"
_BLUE, _LIGHT_BLUE = "#1f6fb4", "#8fbbe0"


def as_bars(report: Report) -> dict[str, Bars]:
    """Return the pictures by the names of their files."""
    compared = [c for c in report.warm if c.connections == report.compared]
    at = f"{report.compared} connections"
    return {
        "throughput": Bars(
            f"Warm requests per second, one worker process, {at}",
            "logarithmic",
            {STOCK: _GREY, WARM.name: _BLUE, LITESTAR: "#e08a1e", ASGI: "#4d9a4d"},
            [(c.operation, _rates(c)) for c in compared if c.operation in LOOKUPS],
        ),
        "latency": Bars(
            f"Milliseconds until the whole answer, {at}",
            "logarithmic",
            {
                f"{STOCK} p99": _LIGHT_GREY,
                f"{STOCK} p50": _GREY,
                f"{WARM.name} p99": _LIGHT_BLUE,
                f"{WARM.name} p50": _BLUE,
            },
            [(c.operation, _latencies(c)) for c in compared],
        ),
    }


def _rates(contest: Contest) -> tuple[float, ...]:
    rounds = map(contest.typical, (STOCK, WARM.name, LITESTAR, ASGI))
    return tuple(_drawable(figures.requests_per_second) for figures in rounds)


def _latencies(contest: Contest) -> tuple[float, ...]:
    stock, ours = contest.typical(STOCK), contest.typical(WARM.name)
    values = (stock.p99_ms, stock.p50_ms, ours.p99_ms, ours.p50_ms)
    return tuple(map(_drawable, values))


def _drawable(value: float) -> float:
    """Return a value that has a logarithm: there is none of a round without answers."""
    return value if math.isfinite(value) and value > 0 else 0.01
