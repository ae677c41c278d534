"""The figures of clients: ``make bench-client``."""

import time
from pathlib import Path

import click

from benchmarks.report.document import CLIENTS, refresh
from benchmarks.report.machine import describe_machine
from benchmarks.report.tables import as_markdown, show

from .run import run

_DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@click.command()
@click.option("--write", is_flag=True, help=f"Refresh {_DOCUMENT.name}.")
@click.option("--lookups", default=1_000, show_default=True)
@click.option("--turns", default=5, show_default=True)
def main(*, write: bool, lookups: int, turns: int) -> None:
    """Measure Butlery's client beside the stock client."""
    started = time.monotonic()

    def tell(step: str) -> None:
        click.echo(f"{time.monotonic() - started:4.0f} s  {step}", err=True)

    tables = run(lookups, turns, tell)
    show([*tables, describe_machine()])
    if write:
        refresh(_DOCUMENT, CLIENTS, as_markdown(tables))


if __name__ == "__main__":
    main()
