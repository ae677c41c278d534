"""Every figure of the documentation: ``make bench``, or ``python -m benchmarks``."""

from pathlib import Path

import click

from .report.document import refresh
from .report.layers import measure_layers
from .report.machine import describe_machine
from .report.tables import as_markdown, show
from .serving.run import Options, run
from .serving.tables import as_tables

_DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@click.command()
@click.option("--write", is_flag=True, help=f"Refresh {_DOCUMENT.name}.")
@click.option("--seconds", default=3.0, show_default=True, help="Of every round.")
@click.option("--turns", default=5, show_default=True, help="Of server and floor.")
def main(*, write: bool, seconds: float, turns: int) -> None:
    """Measure the layers and the server; print the figures with the machine."""
    click.echo("timing the layers", err=True)
    layers = measure_layers()
    report = run(Options(seconds, turns), lambda step: click.echo(step, err=True))
    tables = [describe_machine(), layers, *as_tables(report)]
    show(tables)
    if write:
        refresh(_DOCUMENT, as_markdown(tables))


main()
