"""``butlery tree``: chains of collections, and what they are made of."""

from typing import TYPE_CHECKING

import click

from ..reading import reading_options
from ..reading.completion import complete_collection
from ..reading.trees import show_tree

if TYPE_CHECKING:
    from ...client import Butler
    from ..showing import Showing


@click.command(short_help="Show chains and what they are made of.")
@click.argument(
    "expression",
    metavar="[NAME|GLOB]...",
    nargs=-1,
    shell_complete=complete_collection,
)
@click.option(
    "--depth", type=click.IntRange(min=0), help="Show at most so many levels of chains."
)
@reading_options
def tree(
    butler: "Butler", showing: "Showing", expression: tuple[str, ...], depth: int | None
) -> bool:
    """Show chains as trees, their members in search order.

    Without NAME those that are in no other. A chain in several places is shown once.
    """
    found = butler.collections.tree(expression or "*", depth)
    show_tree(showing, found if expression else found.chains())
    return True
