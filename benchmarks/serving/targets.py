"""The figures to reach, and whether they are.

Ratios are medians over pairs of rounds; of several operations the worst counts.
"""

from collections.abc import Iterable, Iterator

import msgspec

from benchmarks.report.tables import Table

from .outcome import Report
from .rounds import Contest
from .servers import COLD, GUARDED, INDEXED, LITESTAR, STOCK, TWO_WORKERS, WARM
from .workload import BATCH_ITEMS, FILE, FILE_BY_DATA_ID, FIND, GET, LOOKUPS

_BATCH_RATE = 50_000


class Target(msgspec.Struct, frozen=True):
    """One figure to reach; ``reached`` is None if it is only recorded."""

    what: str
    goal: str
    measured: str
    reached: bool | None = None


def as_table(report: Report) -> Table:
    """Lay out the targets with what was measured."""
    answers = {True: "yes", False: "no", None: ""}
    rows: list[tuple[str, ...]] = [
        (target.what, target.goal, target.measured, answers[target.reached])
        for target in targets(report)
    ]
    columns = ("figure", "to reach", "measured", "reached?")
    note = f"At {report.compared} connections, but for the workers."
    return Table("Figures to reach", columns, rows, (note,))


def targets(report: Report) -> Iterator[Target]:
    """Yield every figure to reach, in the order of importance."""
    compared = [c for c in report.warm if c.connections == report.compared]
    lookups = [c for c in compared if c.operation in LOOKUPS]
    for names, factor in (((FIND, GET), 200), ((FILE, FILE_BY_DATA_ID), 120)):
        for contest in lookups:
            if contest.operation in names:
                what = f"warm {contest.operation}, by the stock server's rate"
                yield _at_least(what, factor, _ratio(contest, WARM.name, STOCK))
    for contest in lookups:
        what = f"warm {contest.operation}, by an empty Litestar handler's rate"
        yield _at_least(what, 0.8, _ratio(contest, WARM.name, LITESTAR))
    yield _latency(lookups)
    yield _statements(report, WARM.name, [c.operation for c in lookups], 0)
    for contest in report.cold:
        what = f"cold {contest.operation}, by the stock server's rate"
        yield _at_least(what, 15, _ratio(contest, COLD.name, STOCK))
    yield _statements(report, COLD.name, [c.operation for c in report.cold], 1)
    yield from _through_index(report)
    for contest in report.guarded:
        what = f"warm {contest.operation} with rights, by the rate without"
        yield _at_least(what, 0.9, _ratio(contest, GUARDED.name, WARM.name))
    for contest in report.workers:
        yield from _workers(contest)


def _through_index(report: Report) -> Iterator[Target]:
    for contest in report.indexed:
        what = f"{contest.operation} through the index, by the stock server's rate"
        ratio = _ratio(contest, INDEXED.name, STOCK)
        yield Target(what, "recorded", f"{ratio:.0f}")
    if report.indexed:
        operations = [c.operation for c in report.indexed]
        yield _statements(report, INDEXED.name, operations, 0)
    for contest in report.batches:
        rate = BATCH_ITEMS * contest.typical(INDEXED.name).requests_per_second
        yield Target(
            f"batches of {BATCH_ITEMS:,}, with signed URLs",
            f">= {_BATCH_RATE:,}/s",
            f"{rate:,.0f}/s",
            rate >= _BATCH_RATE,
        )


def _ratio(contest: Contest, ours: str, other: str) -> float:
    return contest.rate_ratio(ours, other).median


def _at_least(what: str, factor: float, ratio: float) -> Target:
    digits = 0 if ratio >= 10 else 2
    return Target(what, f">= {factor}", f"{ratio:.{digits}f}", ratio >= factor)


def _latency(contests: Iterable[Contest]) -> Target:
    worst = max(contest.typical(WARM.name).p99_ms for contest in contests)
    return Target("p99 of warm lookups", "<= 10 ms", f"{worst:.1f} ms", worst <= 10)


def _statements(
    report: Report, server: str, operations: Iterable[str], most: int
) -> Target:
    counts = report.statements[server]
    worst = max(counts[operation] for operation in operations)
    kind = "cold" if most else "warm"
    what = f"SQL statements of a {kind} lookup"
    return Target(what, str(most), f"{worst:.2f}", worst <= most)


def _workers(contest: Contest) -> Iterator[Target]:
    what = f"{contest.operation} at {contest.connections} connections, 1 to 2 workers:"
    rate = contest.rate_ratio(TWO_WORKERS.name, WARM.name)
    yield Target(f"{what} rate", "recorded", f"{rate.median:.2f}")
    cpu = contest.cpu_ratio(TWO_WORKERS.name, WARM.name)
    if cpu is not None:
        yield Target(f"{what} CPU per request", "1", f"{cpu.median:.2f}")
