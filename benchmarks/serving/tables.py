"""The figures of a run as tables, with what is needed to trust or doubt them."""

import statistics

from benchmarks.load.figures import Figures
from benchmarks.report.tables import Table

from .rounds import COMPARED_CONNECTIONS, Comparison, Measured
from .run import Report

BUSY_LIMIT = 0.5
"""A generator busier than this may have been what was measured."""


def as_tables(report: Report) -> list[Table]:
    """Lay out a run: every endpoint, then the comparison with the floor."""
    tables = [_endpoints(report)]
    if report.comparison is not None:
        tables.append(_comparison(report.comparison))
    return tables


def _endpoints(report: Report) -> Table:
    columns = ("endpoint", "connections", "requests/s", "p50 ms", "p99 ms")
    return Table(
        "Endpoints, one worker process",
        (*columns, "CPU µs/request", "errors", "generator busy"),
        [_endpoint(measured) for measured in report.measured],
        _notes(report),
    )


def _endpoint(measured: Measured) -> tuple[str, ...]:
    figures = measured.figures
    return (
        measured.operation,
        str(figures.connections),
        f"{figures.requests_per_second:,.0f}",
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.2f}",
        _cpu(figures),
        str(figures.errors),
        f"{figures.generator_busy:.0%}",
    )


def _notes(report: Report) -> tuple[str, ...]:
    counts = ", ".join(f"{name} {n}" for name, n in report.questions.items())
    notes = [f"Different questions, in random order: {counts}."]
    busiest = max((m.figures.generator_busy for m in report.measured), default=0.0)
    if busiest > BUSY_LIMIT:
        notes.append(
            f"The generator was up to {busiest:.0%} busy: where it was over"
            f" {BUSY_LIMIT:.0%}, the server may be faster than shown."
        )
    return tuple(notes)


def _comparison(comparison: Comparison) -> Table:
    columns = ("server", "requests/s", "p50 ms", "p99 ms", "CPU µs/request")
    ours, floors = zip(*comparison.turns, strict=True)
    title = f"{comparison.operation} beside an empty server"
    return Table(
        f"{title}, {COMPARED_CONNECTIONS} connections, {len(ours)} turns",
        columns,
        [_median_row("Butlery", ours), _median_row("empty Litestar handler", floors)],
        _verdict(comparison),
    )


def _median_row(name: str, turns: tuple[Figures, ...]) -> tuple[str, ...]:
    middle = sorted(turns, key=lambda figures: figures.requests_per_second)
    return (
        name,
        f"{statistics.median(f.requests_per_second for f in turns):,.0f}",
        f"{statistics.median(f.p50_ms for f in turns):.2f}",
        f"{statistics.median(f.p99_ms for f in turns):.2f}",
        _cpu(middle[len(middle) // 2]),
    )


def _verdict(comparison: Comparison) -> tuple[str, ...]:
    ratio = f"Butlery answers at {comparison.rate_ratio:.0%} of the empty server's rate"
    if comparison.extra_cpu_us is None:
        return (f"{ratio}.",)
    return (f"{ratio}, and adds {comparison.extra_cpu_us:.0f} µs of CPU per request.",)


def _cpu(figures: Figures) -> str:
    return (
        "unknown" if figures.server_cpu_us is None else f"{figures.server_cpu_us:.0f}"
    )
