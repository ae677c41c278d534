"""The figures of general queries: ``make bench-queries``."""

import time

import click

from benchmarks.report.machine import describe_machine
from benchmarks.report.tables import show

from .lookups import Options
from .run import run

_DEFAULTS = Options()


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--seconds", default=_DEFAULTS.seconds, show_default=True)
@click.option("--turns", default=_DEFAULTS.turns, show_default=True)
@click.option("--connections", default=_DEFAULTS.connections, show_default=True)
@click.option("--workers", default=_DEFAULTS.workers, show_default=True)
def main(
    *, rows: int, seconds: float, turns: int, connections: int, workers: int
) -> None:
    """Measure lookups beside queries and the streaming of many rows."""
    started = time.monotonic()

    def tell(step: str) -> None:
        click.echo(f"{time.monotonic() - started:4.0f} s  {step}", err=True)

    report = run(Options(seconds, turns, connections, workers), rows, tell)
    show([*report.tables, describe_machine()])


if __name__ == "__main__":  # processes that are started read this file, too
    main()
