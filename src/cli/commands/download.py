"""``butlery download``: files of datasets, any number of them."""

from typing import TYPE_CHECKING

import click
import msgspec

from ..reading import Wanted, limit_option, reading_options, wanted_datasets

if TYPE_CHECKING:
    from ...client import Butler
    from ..showing import Showing


@click.command(short_help="Download the files of datasets.")
@wanted_datasets(many=True)
@click.argument("destination", required=False, metavar="DESTINATION")
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@click.option("--flat", is_flag=True, help="Put all files into DESTINATION itself.")
@limit_option
@reading_options
def download(
    butler: "Butler",
    showing: "Showing",
    *,
    wanted: Wanted,
    destination: str | None,
    overwrite: bool,
    flat: bool,
    limit: int | None,
) -> bool:
    """Download the files of datasets into the folder DESTINATION.

    Their paths are those in the datastore. Ends with status 1 if there is no dataset.

    \b
    For example:
        butlery download calexp -c HSC/runs/demo --where "visit > 5" here
    """  # noqa: D301 - Click looks for the character itself
    if destination is None and wanted.uuids:  # it is the one word that was given
        destination = wanted.dataset_type or None
        wanted = msgspec.structs.replace(wanted, dataset_type="")
    if destination is None or "=" in destination.partition("/")[0]:
        raise click.UsageError("Missing argument 'DESTINATION'.")
    refs = wanted.find(butler, limit)
    if not refs:
        showing.mishap("there is no such dataset")
        return False
    found = butler.download_many(
        refs,
        destination,
        overwrite=overwrite,
        preserve_path=not flat,
        progress=showing.is_live,
    )
    files = [(str(each.path), each.path.stat().st_size) for each in found]
    if showing.as_json:
        for path, size in files:
            showing.document({"path": path, "bytes": size})
    else:
        showing.table(["path", "bytes"], files)
    return True
