"""The figures of clients as tables."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from benchmarks.report.tables import Table

Found = Mapping[str, Sequence[Mapping[str, float]]]

NAMES = {
    "ours": "Butlery's client",
    "async": "Butlery's client, asynchronous",
    "stock": "stock client",
}


def table_of_starting(found: Found) -> Table:
    """Return what it takes until a client can be asked."""
    rows: list[tuple[str, ...]] = [
        (
            NAMES[client],
            f"{_typical(turns, 'import_seconds') * 1e3:.0f}",
            f"{_ratio(found, client, 'import_seconds'):.1f}",
            f"{_typical(turns, 'connect_seconds') * 1e3:.0f}",
            f"{_ratio(found, client, 'connect_seconds'):.1f}",
        )
        for client, turns in found.items()
    ]
    columns = ("client", "import ms", "times less", "connect ms", "times less")
    note = (
        "To connect is one request and, for Butlery's client, the import of what sends "
        "requests; two requests for the stock client. Promised: import within 150 ms "
        "and 10 times faster, connect within 50 ms."
    )
    return Table("Starting a client", columns, rows, (note,))


def table_of_asking(found: Found, count: int) -> Table:
    """Return what one lookup takes, of many in a loop."""
    rows: list[tuple[str, ...]] = [
        (
            NAMES[client],
            f"{_typical(turns, 'loop_cpu_seconds') / count * 1e3:.3f}",
            f"{_ratio(found, client, 'loop_cpu_seconds'):.1f}",
            f"{_typical(turns, 'loop_seconds') / count * 1e3:.3f}",
            f"{_ratio(found, client, 'loop_seconds'):.1f}",
        )
        for client, turns in found.items()
    ]
    columns = ("client", "CPU ms", "times less", "elapsed ms", "times less")
    note = "Promised: a third of the CPU; hoped for: a seventh."
    return Table(f"find_dataset, {count:,} in a loop", columns, rows, (note,))


def table_of_batches(found: Found, count: int) -> Table:
    """Return what many lookups take one by one, and in a batch."""
    rows: list[tuple[str, ...]] = []
    for client, turns in found.items():
        if client == "stock":
            continue
        rows.append(
            (
                NAMES[client],
                f"{_typical(turns, 'loop_seconds') * 1e3:.0f}",
                f"{_typical(turns, 'first_seconds') * 1e3:.0f}",
                _spread(turns, "first_seconds"),
                f"{_typical(turns, 'batch_seconds') * 1e3:.1f}",
                _spread(turns, "batch_seconds"),
            )
        )
    columns = (
        *("client", "loop ms", "find_many ms", "times less"),
        *("again ms", "times less"),
    )
    note = (
        "Promised: 30 times less. All of them were looked up one by one before; the "
        "batch for the first time, and again."
    )
    return Table(f"{count:,} lookups", columns, rows, (note,))


def _spread(turns: Sequence[Mapping[str, float]], name: str) -> str:
    ratios = [turn["loop_seconds"] / turn[name] for turn in turns]
    return f"{median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})"


def _typical(turns: Iterable[Mapping[str, float]], name: str) -> float:
    return median(turn[name] for turn in turns)


def _ratio(found: Found, client: str, name: str) -> float:
    pairs = zip(found["stock"], found[client], strict=True)
    return median(theirs[name] / mine[name] for theirs, mine in pairs)
