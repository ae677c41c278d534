"""The figures of a run as tables, with what is needed to trust or doubt them."""

from benchmarks.load.figures import Figures
from benchmarks.report.tables import Table

from . import targets
from .outcome import Report
from .rounds import Contest, Spread
from .servers import ASGI, COLD, INDEXED, LITESTAR, STOCK, WARM
from .workload import BATCH_ITEMS

BUSY_LIMIT = 0.5
"""A generator busier than this may have been what was measured."""


def as_tables(report: Report) -> list[Table]:
    """Lay out a run: what was to be reached, ratios, statements, every figure."""
    return [
        targets.as_table(report),
        _ratios(report),
        _statements(report),
        _rounds("Warm, one worker process", report.warm, _notes(report)),
        _rounds("Through the release index, one worker process", report.indexed),
        _rounds(f"{BATCH_ITEMS} files at a time, one worker process", report.batches),
        _rounds("Cold, one worker process", report.cold),
        _rounds("One worker process and two", report.workers),
        _rounds("With rights of users, and without", report.guarded),
    ]


def _ratios(report: Report) -> Table:
    columns = ("server and operation", "connections", "rate by the stock server's")
    rows = [
        _ratio_row(name, contest)
        for name, contests in (
            (WARM.name, report.warm),
            (INDEXED.name, report.indexed),
            (COLD.name, report.cold),
        )
        for contest in contests
    ]
    return Table(
        "Ratios, pair by pair",
        (*columns, "stock server's CPU by ours", f"rate by {LITESTAR}", f"by {ASGI}"),
        rows,
        ("Median over the pairs, with the least and the most.",),
    )


def _ratio_row(ours: str, contest: Contest) -> tuple[str, ...]:
    def rate(other: str) -> str:
        taken_part = other in contest.servers
        return _shown(contest.rate_ratio(ours, other)) if taken_part else ""

    cpu = contest.cpu_ratio(STOCK, ours)
    return (
        f"{ours}: {contest.operation}",
        str(contest.connections),
        rate(STOCK),
        "" if cpu is None else _shown(cpu),
        rate(LITESTAR),
        rate(ASGI),
    )


def _shown(spread: Spread) -> str:
    digits = 0 if spread.median >= 10 else 2
    least, median, most = (
        f"{value:.{digits}f}" for value in (spread.least, spread.median, spread.most)
    )
    return f"{median} ({least} to {most})"


def _statements(report: Report) -> Table:
    servers = [STOCK, WARM.name, COLD.name]
    rows = [
        (name, *(f"{report.statements[server][name]:.2f}" for server in servers))
        for name in report.questions
    ]
    return Table("SQL statements per request", ("operation", *servers), rows)


def _rounds(title: str, contests: list[Contest], notes: tuple[str, ...] = ()) -> Table:
    rows = [
        _round(contest, server, contest.typical(server))
        for contest in contests
        for server in contest.servers
    ]
    columns = ("operation and server", "connections", "requests/s", "p50 ms", "p99 ms")
    cost = ("CPU µs/request", "errors", "generator busy")
    return Table(title, (*columns, *cost), rows, notes)


def _round(contest: Contest, server: str, figures: Figures) -> tuple[str, ...]:
    cpu = figures.server_cpu_us
    return (
        f"{contest.operation}: {server}",
        str(contest.connections),
        f"{figures.requests_per_second:,.0f}",
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.2f}",
        "unknown" if cpu is None else f"{cpu:,.0f}",
        str(sum(turn[server].errors for turn in contest.turns)),
        f"{figures.generator_busy:.0%}",
    )


def _notes(report: Report) -> tuple[str, ...]:
    counts = ", ".join(f"{name} {n}" for name, n in report.questions.items())
    notes = [f"Different questions, in random order: {counts}."]
    busiest = max(
        figures.generator_busy
        for contest in report.warm
        for turn in contest.turns
        for figures in turn.values()
    )
    if busiest > BUSY_LIMIT:
        notes.append(
            f"The generator was up to {busiest:.0%} busy: where it was over"
            f" {BUSY_LIMIT:.0%}, the server may be faster than shown."
        )
    return tuple(notes)
