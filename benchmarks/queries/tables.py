"""The figures of queries as tables."""

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.load.figures import Figures
from benchmarks.report.tables import Table

from .lookups import IDLE
from .streaming import Stream

_PROMISE = 1.2


def table_of_lookups(found: Mapping[str, Sequence[Figures]], workers: int) -> Table:
    """Return latencies of lookups, and their ratio to those of an idle server."""
    rows: list[tuple[str, ...]] = []
    for name, turns in found.items():
        ratios = [
            busy.p99_ms / idle.p99_ms
            for busy, idle in zip(turns, found[IDLE], strict=True)
        ]
        rows.append(
            (
                name,
                f"{median(f.requests_per_second for f in turns):,.0f}",
                f"{median(f.p50_ms for f in turns):.2f}",
                f"{median(f.p99_ms for f in turns):.2f}",
                f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                f"{sum(f.errors for f in turns)}",
            )
        )
    columns = ("workers are", "per s", "p50 ms", "p99 ms", "p99 to idle", "errors")
    note = (
        f"Promised: p99 within {_PROMISE:g} times idle's, where there are cores: the "
        "web process has one to itself."
    )
    return Table(
        f"find_dataset while {workers} query workers are busy",
        columns,
        rows,
        (note,),
    )


def table_of_streams(streams: Sequence[Stream], stalled: float) -> Table:
    """Return how fast rows came, and in how much memory."""
    rows: list[tuple[str, ...]] = [
        (
            each.name,
            f"{each.rows:,}",
            f"{each.rows_per_second:,.0f}",
            f"{each.size_bytes / each.seconds / 1e6:.1f}",
            f"{each.web_before:.0f}",
            f"{each.web_peak:.0f}",
            f"{each.workers_peak:.0f}",
        )
        for each in streams
    ]
    columns = ("server", "rows", "rows/s", "MB/s", "web MB", "at most", "worker MB")
    note = f"While a client takes nothing, Butlery grows by {stalled:.1f} MB."
    return Table("One query of many rows", columns, rows, (note,))
