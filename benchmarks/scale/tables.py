"""The figures as tables."""

from ..report.tables import Table
from .building import Built
from .lookups import LookupTimes
from .measuring import Outcome
from .postgresql import BuiltFromDatabase

_MEGABYTE = 1_000_000


def as_tables(of: Outcome) -> list[Table]:
    """Return what was measured without a database."""
    return [
        _building("Building an index of datasets", of.built),
        _lookups(of.times, of.small_times, of.built.count, of.opening_ms),
        _building("Building an index of tracts and patches", of.records),
        _memory(of),
    ]


def table_of_database(of: BuiltFromDatabase) -> Table:
    """Return what a build from PostgreSQL took."""
    cpu = of.cpu_seconds / of.datasets * 1e6
    rows: list[tuple[str, ...]] = [
        ("datasets", f"{of.datasets:,}"),
        ("datasets per second", f"{of.datasets / of.seconds:,.0f}"),
        ("µs per dataset", f"{of.seconds / of.datasets * 1e6:.1f}"),
        ("µs of the builder's CPU", f"{cpu:.1f}"),
        ("the same on cores of its own", f"{cpu / of.slowness:.1f}"),
        ("bytes per dataset", f"{of.size_bytes / of.datasets:.1f}"),
    ]
    return Table("Building from PostgreSQL", ("what", "measured"), rows)


def _building(title: str, built: Built) -> Table:
    half = len(built.megabytes) // 2
    cpu = built.cpu_seconds / built.count * 1e6
    rows: list[tuple[str, ...]] = [
        ("entries", f"{built.count:,}"),
        ("µs of CPU per entry", f"{cpu:.1f}"),
        ("the same on cores of its own", f"{cpu / built.slowness:.1f}"),
        ("µs per entry", f"{built.seconds / built.count * 1e6:.1f}"),
        ("size, MB", f"{built.size_bytes / _MEGABYTE:,.0f}"),
        ("bytes per entry", f"{built.size_bytes / built.count:.1f}"),
        ("memory before, MB", f"{built.megabytes[0]:.0f}"),
        ("most in the first half, MB", f"{max(built.megabytes[: half + 1]):.0f}"),
        ("most in the second half, MB", f"{max(built.megabytes[half:]):.0f}"),
    ]
    return Table(title, ("what", "measured"), rows)


def _lookups(
    large: LookupTimes, small: LookupTimes, count: int, opening_ms: float
) -> Table:
    names = {
        "bare": "two pages and an entry",
        "find": "UUID by data ID",
        "dataset": "data ID and file by UUID",
        "identity": "data ID by UUID",
    }
    rows: list[tuple[str, ...]] = []
    for name, label in names.items():
        of_large, of_small = getattr(large, name), getattr(small, name)
        ratio = f"{of_large / of_small:.2f}"
        rows.append((label, f"{of_small:.2f}", f"{of_large:.2f}", ratio))
    return Table(
        "Lookups in one process, warm, µs of CPU",
        ("lookup", "small index", f"{count:,} datasets", "ratio"),
        rows,
        (f"The large index was opened in {opening_ms:.0f} ms.",),
    )


def _memory(of: Outcome) -> Table:
    pairs = {
        "two processes, datasets": of.two,
        "two processes, all records": of.records_two,
        "one process, all releases: opened, used": of.releases,
    }
    rows: list[tuple[str, ...]] = []
    for name, (first, second) in pairs.items():
        rows += [
            (name, f"{m.own:.0f}", f"{m.mapped:.1f}", f"{m.share:.1f}")
            for m in (first, second)
        ]
    return Table("Memory, MB", ("of", "own", "index touched", "its share"), rows)
