"""``butlery ls``: which collections there are, or what is in them."""

from typing import TYPE_CHECKING

import click

from ..reading import limit_option, reading_options
from ..reading.completion import complete_collection

if TYPE_CHECKING:
    from ...client import Butler, CollectionInfo
    from ...protocol.datasets import DatasetType
    from ..showing import Showing

_TYPES = ("RUN", "TAGGED", "CHAINED", "CALIBRATION")


@click.command(short_help="List collections, or the dataset types in them.")
@click.argument(
    "expression",
    metavar="[NAME|GLOB]...",
    nargs=-1,
    shell_complete=complete_collection,
)
@click.option(
    "--types",
    type=click.Choice(_TYPES, case_sensitive=False),
    multiple=True,
    help="Only collections of this type. May be repeated.",
)
@click.option("--long", is_flag=True, help="Say also what their makers say of them.")
@click.option(
    "--dataset-types",
    is_flag=True,
    help="List what the collections may have in place of the collections.",
)
@limit_option
@reading_options
def ls(
    butler: "Butler",
    showing: "Showing",
    *,
    expression: tuple[str, ...],
    types: tuple[str, ...],
    long: bool,
    dataset_types: bool,
    limit: int | None,
) -> bool:
    """List collections by name; all of them if no NAME or GLOB is given.

    \b
    For example:
        butlery ls 'HSC/runs/*' --long
        butlery ls --dataset-types HSC/runs/demo
    """  # noqa: D301 - Click looks for the character itself
    if dataset_types:
        if not expression:
            raise click.UsageError("Name the collections that --dataset-types is of.")
        _show_dataset_types(showing, _dataset_types(butler, expression)[:limit])
        return True
    found = butler.collections.query_info(
        expression or "*", types or None, include_doc=long
    )
    found = sorted(found, key=lambda each: each.name)[:limit]
    _show_collections(showing, found, long=long)
    return True


def _dataset_types(
    butler: "Butler", expression: tuple[str, ...]
) -> "list[DatasetType]":
    names = butler.collections.query(expression)
    summaries = (butler.collections.get_summary(name) for name in names)
    found = {kind.name: kind for each in summaries for kind in each.dataset_types}
    return [found[name] for name in sorted(found)]


def _show_dataset_types(showing: "Showing", found: "list[DatasetType]") -> None:
    if showing.as_json:
        for each in found:
            showing.document(
                {
                    "name": each.name,
                    "dimensions": each.dimensions,
                    "storage_class": each.storage_class,
                    "is_calibration": each.is_calibration,
                }
            )
        return
    rows = ([t.name, ", ".join(t.dimensions), t.storage_class] for t in found)
    showing.table(["dataset type", "dimensions", "storage class"], rows)


def _show_collections(
    showing: "Showing", found: "list[CollectionInfo]", *, long: bool
) -> None:
    if showing.as_json:
        for each in found:
            shown = {"name": each.name, "type": each.type.name}
            doc = {"doc": each.doc} if long else {}
            showing.document({**shown, "children": each.children, **doc})
        return
    columns = ["name", "type", "children", *(["doc"] if long else [])]
    rows = (
        [c.name, c.type.name, len(c.children) or "", *([c.doc] if long else [])]
        for c in found
    )
    showing.table(columns, rows)
