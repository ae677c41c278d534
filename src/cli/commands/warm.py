"""``butlery warm``: all servers read collections before anybody asks for them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..admin import admin_options, repository_argument, show_answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...protocol.admin import ServerAnswer, WarmLine
    from ..admin import AdminConnection, Showing


@click.command(short_help="Let all servers read collections beforehand.")
@repository_argument
@click.argument("collections", metavar="COLLECTION...", nargs=-1, required=True)
@click.option(
    "--dataset-type",
    "dataset_types",
    multiple=True,
    help="Name or glob; only these are read. May be repeated.",
)
@admin_options
def warm(
    admin: "AdminConnection",
    showing: "Showing",
    repository: str,
    collections: tuple[str, ...],
    dataset_types: tuple[str, ...],
) -> bool:
    """Let all servers read collections of the repository LABEL beforehand.

    Lookups that then name one of these collections, and lookups by UUID of what is in
    them, need no database. Give the names that people use: a chain is warmed as a
    chain. A glob stands for each collection that it matches.
    """
    from urllib.parse import quote

    from ...protocol.admin import WarmLine, WarmRequest

    lines = admin.post_for_lines(
        f"/repositories/{quote(repository, safe='')}/warm",
        WarmRequest(list(collections), list(dataset_types)),
        WarmLine,
    )
    with _progress(showing) as show:
        answers, silent = _follow(lines, show)
    if showing.as_json:
        return not silent and all(answer.ok for answer in answers)
    return show_answers(showing, answers, silent)


def _follow(
    lines: "Iterable[WarmLine]", show: "Callable[[WarmLine], None]"
) -> "tuple[list[ServerAnswer], list[str]]":
    """Show every line, and return the last words, and who gave none."""
    answers, silent = [], []
    for line in lines:
        show(line)
        if line.silent is not None:
            silent.append(line.silent)
        elif line.answer is not None and line.answer.done:
            answers.append(line.answer)
    return answers, silent


@contextmanager
def _progress(showing: "Showing") -> "Iterator[Callable[[WarmLine], None]]":
    """Return what shows how far each server has come."""
    if showing.as_json:
        yield showing.document
        return
    if not showing.is_live:
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = ("{task.description}", "{task.fields[datasets]} datasets")
    texts = [TextColumn(column) for column in columns]
    bars: dict[str, object] = {}
    with Progress(texts[0], BarColumn(), texts[1], console=showing.console) as progress:

        def show(line: "WarmLine") -> None:
            if line.answer is None:
                return
            server, counts = line.answer.server, line.answer.counts
            if server not in bars:
                bars[server] = progress.add_task(server, datasets=0)
            progress.update(
                bars[server],  # type: ignore[arg-type]
                total=counts.get("of collections"),
                completed=counts.get("collections", 0),
                datasets=counts.get("datasets", 0),
            )

        yield show
