"""``butlery get``: what one dataset is."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..reading import Wanted, limit_option, reading_options, wanted_datasets
from ..reading.objects import show_object, write_bytes

if TYPE_CHECKING:
    from ...client import Butler
    from ..showing import Showing


@click.command(short_help="Show a dataset, or write its file.")
@wanted_datasets(many=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write the bytes of the dataset's file there; - for the standard output.",
)
@limit_option
@reading_options
def get(
    butler: "Butler",
    showing: "Showing",
    wanted: Wanted,
    output: Path | None,
    limit: int | None,
) -> bool:
    """Show the dataset of a data ID as text or table, or write its file to FILE.

    DATASET_TYPE may be a component, such as calexp.wcs; --limit is for rows of a table.

    \b
    For example:
        butlery get bias instrument=HSC detector=4 exposure=903334 -c HSC/calib
        butlery get raw instrument=HSC exposure=903334 detector=4 -c HSC/raw/all -o raw
    """  # noqa: D301 - Click looks for the character itself
    wanted.check()
    which = (wanted.dataset_type, wanted.data_id)
    names, span = wanted.collections, wanted.timespan
    if output is None:
        found = butler.get(*which, collections=names, timespan=span)
        show_object(showing, found, limit)
    else:
        content = butler.read_bytes(*which, collections=names, timespan=span)
        write_bytes(showing, content, output)
    return True
