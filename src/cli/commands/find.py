"""``butlery find``: which dataset a data ID means, or which fulfil a condition."""

from typing import TYPE_CHECKING

import click

from ..reading import Wanted, limit_option, reading_options, wanted_datasets
from ..reading.rows import show_datasets

if TYPE_CHECKING:
    from ...client import Butler
    from ..showing import Showing


@click.command(short_help="Find datasets.")
@wanted_datasets(many=True)
@limit_option
@reading_options
def find(
    butler: "Butler", showing: "Showing", wanted: Wanted, limit: int | None
) -> bool:
    """Find the dataset of a data ID, or all that fulfil a condition.

    Ends with status 1 if there is none.

    \b
    For example:
        butlery find source_table instrument=HSC visit=903334 detector=4 -c HSC/runs
        butlery find source_table -c HSC/runs --where "instrument = 'HSC' AND visit > 5"
    """  # noqa: D301 - Click looks for the character itself
    refs = wanted.find(butler, limit)
    if not refs:
        showing.mishap("there is no such dataset")
        return False
    show_datasets(showing, refs)
    return True
