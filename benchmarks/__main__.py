"""Every figure of the documentation: ``make bench``, or ``python -m benchmarks``."""

import time
from pathlib import Path

import click

from .report.bars import Bars, as_svg
from .report.document import FIGURES, refresh
from .report.layers import measure_layers
from .report.machine import describe_machine
from .report.tables import Table, as_markdown, show
from .serving.outcome import Options
from .serving.plots import as_bars
from .serving.run import run
from .serving.tables import as_tables

_DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@click.command()
@click.option("--write", is_flag=True, help=f"Refresh {_DOCUMENT.name}.")
@click.option("--seconds", default=Options().seconds, show_default=True)
@click.option("--turns", default=Options().turns, show_default=True)
def main(*, write: bool, seconds: float, turns: int) -> None:
    """Measure the layers and the servers; print the figures with the machine."""
    started = time.monotonic()

    def tell(step: str) -> None:
        click.echo(f"{time.monotonic() - started:4.0f} s  {step}", err=True)

    tell("timing the layers")
    layers = measure_layers()
    report = run(Options(seconds, turns), tell)
    tables = [*as_tables(report), layers, describe_machine()]
    show(tables)
    if write:
        _write(tables, as_bars(report))


def _write(tables: list[Table], pictures: dict[str, Bars]) -> None:
    folder = _DOCUMENT.with_suffix("")
    folder.mkdir(exist_ok=True)
    shown = []
    for name, bars in pictures.items():
        (folder / f"{name}.svg").write_text(as_svg(bars), encoding="utf-8")
        shown.append(f"![{bars.title}]({folder.name}/{name}.svg)")
    refresh(_DOCUMENT, FIGURES, "\n\n".join([*shown, as_markdown(tables)]))


main()
