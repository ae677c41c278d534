"""``butlery invalidate``: all servers forget what they keep."""

from typing import TYPE_CHECKING

import click

from ..admin import admin_options, repository_argument, show_answers

if TYPE_CHECKING:
    from ..admin import AdminConnection, Showing


@click.command(short_help="Let all servers forget what they keep.")
@repository_argument
@click.option(
    "--collection",
    "collections",
    multiple=True,
    help="Name or glob; a chain stands for its members. May be repeated.",
)
@click.option(
    "--dataset-type",
    "dataset_types",
    multiple=True,
    help="Name or glob. May be repeated.",
)
@click.option("--dimension", "dimensions", multiple=True, help="Name. May be repeated.")
@click.option(
    "--mark-permanent",
    is_flag=True,
    help="What was declared permanent and has changed is permanent again.",
)
@admin_options
def invalidate(
    admin: "AdminConnection",
    showing: "Showing",
    repository: str,
    collections: tuple[str, ...],
    dataset_types: tuple[str, ...],
    dimensions: tuple[str, ...],
    *,
    mark_permanent: bool,
) -> bool:
    """Let all servers forget what they keep of the repository LABEL.

    Also what is permanent is forgotten. Without options: everything. Definitions
    (collections, dataset types, small dimensions) are always read again.
    """
    from urllib.parse import quote

    from ...protocol.admin import CommandResponse, InvalidateRequest

    done = admin.post(
        f"/repositories/{quote(repository, safe='')}/invalidate",
        InvalidateRequest(
            list(collections),
            list(dataset_types),
            list(dimensions),
            mark_permanent=mark_permanent,
        ),
        CommandResponse,
    )
    if showing.as_json:
        showing.document(done)
        return not done.silent and all(answer.ok for answer in done.answers)
    return show_answers(showing, done.answers, done.silent)
