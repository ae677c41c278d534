"""The figures of docs/sizing.md: ``make bench-scale``."""

import tempfile
import time
from pathlib import Path

import click

from ..report.machine import describe_machine
from ..report.tables import show
from .measuring import Options, measure
from .postgresql import build_from_postgresql
from .tables import as_tables, table_of_database

_DEFAULTS = Options()


@click.command()
@click.option("--datasets", default=_DEFAULTS.datasets, show_default=True)
@click.option("--small", default=_DEFAULTS.small, show_default=True)
@click.option("--tracts", default=_DEFAULTS.tracts, show_default=True)
@click.option("--releases", default=_DEFAULTS.releases, show_default=True)
@click.option("--asked", default=_DEFAULTS.asked, show_default=True)
@click.option(
    "--postgresql",
    default=1_000_000,
    show_default=True,
    help="Datasets to build from a real PostgreSQL; 0: none.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where files of about 500 bytes per dataset have room.",
)
def main(
    *,
    datasets: int,
    small: int,
    tracts: int,
    releases: int,
    asked: int,
    postgresql: int,
    folder: Path | None,
) -> None:
    """Measure release indexes of made-up releases; print the figures."""
    started = time.monotonic()

    def tell(step: str) -> None:
        click.echo(f"{time.monotonic() - started:5.0f} s  {step}", err=True)

    options = Options(datasets, small, tracts, releases, asked)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        show(as_tables(measure(options, Path(scratch), tell)))
    if postgresql:
        tell(f"building an index of {postgresql:,} datasets from PostgreSQL")
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            show([table_of_database(build_from_postgresql(postgresql, Path(scratch)))])
    show([describe_machine()])


if __name__ == "__main__":  # processes that are started read this file, too
    main()
