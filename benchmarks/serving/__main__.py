"""The HTTP benchmark as a command: ``python -m benchmarks.serving``."""

import click

from benchmarks.release.size import DP1, TINY
from benchmarks.report.tables import show

from .outcome import Options
from .run import run
from .tables import as_tables


@click.command()
@click.option("--seconds", default=Options().seconds, show_default=True)
@click.option("--turns", default=Options().turns, show_default=True)
@click.option("--tiny", is_flag=True, help="On a repository of a few visits.")
def main(*, seconds: float, turns: int, tiny: bool) -> None:
    """Measure Butlery beside the stock server and two empty ones."""
    options = Options(seconds, turns, size=TINY if tiny else DP1)
    report = run(options, lambda step: click.echo(step, err=True))
    show(as_tables(report))


main()
