"""The figures of general queries: ``make bench-queries``."""

import time
from pathlib import Path

import click

from benchmarks.report.document import QUERIES, refresh
from benchmarks.report.machine import describe_machine
from benchmarks.report.tables import as_markdown, show

from .lookups import Options
from .run import run

_DEFAULTS = Options()
_DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@click.command()
@click.option("--write", is_flag=True, help=f"Refresh {_DOCUMENT.name}.")
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--seconds", default=_DEFAULTS.seconds, show_default=True)
@click.option("--turns", default=_DEFAULTS.turns, show_default=True)
@click.option("--connections", default=_DEFAULTS.connections, show_default=True)
@click.option("--workers", default=_DEFAULTS.workers, show_default=True)
def main(
    *,
    write: bool,
    rows: int,
    seconds: float,
    turns: int,
    connections: int,
    workers: int,
) -> None:
    """Measure lookups beside queries and the streaming of many rows."""
    started = time.monotonic()

    def tell(step: str) -> None:
        click.echo(f"{time.monotonic() - started:4.0f} s  {step}", err=True)

    report = run(Options(seconds, turns, connections, workers), rows, tell)
    show([*report.tables, describe_machine()])
    if write:
        refresh(_DOCUMENT, QUERIES, as_markdown(report.tables))


if __name__ == "__main__":  # processes that are started read this file, too
    main()
