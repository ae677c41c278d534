"""``butlery explain``: why a lookup is answered as it is."""

from typing import TYPE_CHECKING

import click

from ..admin import admin_options, repository_argument
from ..data_ids import read_pairs
from ..timespans import timespan_option

if TYPE_CHECKING:
    from ...client import Timespan
    from ...protocol.admin import Explanation
    from ..admin import AdminConnection, Showing


@click.command(short_help="Say why a lookup is answered as it is.")
@repository_argument
@click.argument("dataset_type", metavar="DATASET_TYPE")
@click.argument("data_id", metavar="[KEY=VALUE]...", nargs=-1, callback=read_pairs)
@click.option(
    "-c",
    "--collection",
    "collections",
    multiple=True,
    required=True,
    help="Where to look: name or glob. May be repeated, in search order.",
)
@timespan_option
@click.option("--files", is_flag=True, help="Look for its files too, as a download.")
@admin_options
def explain(
    admin: "AdminConnection",
    showing: "Showing",
    repository: str,
    dataset_type: str,
    data_id: dict[str, int | float | bool | str],
    collections: tuple[str, ...],
    timespan: "Timespan | None",
    *,
    files: bool,
) -> bool:
    """Say why one lookup in the repository LABEL is answered as it is.

    \b
    For example:
        butlery explain repo bias instrument=LSSTCam detector=2 -c LSSTCam/calib
    """  # noqa: D301 - Click looks for the character itself
    from urllib.parse import quote

    from ...protocol.admin import ExplainRequest, Explanation

    span = None if timespan is None else timespan.nsec
    request = ExplainRequest(dataset_type, data_id, list(collections), span, files)
    path = f"/repositories/{quote(repository, safe='')}/explain"
    explanation = admin.post(path, request, Explanation)
    if showing.as_json:
        showing.document(explanation)
    else:
        _show(showing, explanation)
    return not explanation.unknown


def _show(showing: "Showing", one: "Explanation") -> None:
    if one.found is not None:
        showing.line(f"found {one.found} of run {one.run}")
    else:
        showing.line("nothing was found")
    showing.line(
        f"answered from the {one.source} in {one.milliseconds:.1f} ms, SQL statements: "
        f"{one.statements}; snapshot {one.version}, {one.state}, revision "
        f"{one.revision}"
        if one.source != "none"
        else f"not looked up; snapshot {one.version}, {one.state}"
    )
    for reason in one.reasons:
        showing.line(f"- {reason}")
    if one.path:
        showing.line("")
        columns = ["", "collection", "type", "policy", "step", "from", "why"]
        showing.table(
            columns,
            (
                [number, c.name, c.type, c.policy, c.step, c.source, c.reason]
                for number, c in enumerate(one.path, 1)
            ),
        )
