"""Shows what servers say: tables on a terminal, plain lines or JSON otherwise."""

from collections.abc import Iterable, Sequence

import click
import msgspec
from rich.console import Console
from rich.table import Table

from ...protocol.admin import ServerAnswer
from ...protocol.scalars import encode_json


class Showing:
    """Where to print, and how.

    Parameters
    ----------
    as_json
        Whether JSON is wanted, and nothing else.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.console = Console(highlight=False)

    @property
    def is_live(self) -> bool:
        """Whether somebody looks at a terminal."""
        return self.console.is_terminal and not self.as_json

    def document(self, document: msgspec.Struct) -> None:
        """Print a document as one line of JSON."""
        click.echo(encode_json(document).decode())

    def line(self, text: str) -> None:
        """Print one line."""
        self.console.print(text, soft_wrap=True, markup=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows below the names of their columns."""
        if not self.is_live:
            for row in [columns, *rows]:
                click.echo("\t".join(map(str, row)))
            return
        table = Table(box=None, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(str, row))
        self.console.print(table)

    def mishap(self, text: str) -> None:
        """Print one line about something that did not go well."""
        click.echo(f"butlery: {text}", err=True)


def show_answers(
    showing: Showing, answers: Sequence[ServerAnswer], silent: Sequence[str]
) -> bool:
    """Show what servers have done, and return whether all of them have."""
    if answers:
        names = list(dict.fromkeys(name for a in answers for name in a.counts))
        showing.table(
            ["server", *names, "ms"],
            (
                [
                    a.server,
                    *(a.counts.get(n, "") for n in names),
                    f"{a.milliseconds:.0f}",
                ]
                for a in answers
            ),
        )
    for answer in answers:
        if answer.detail:
            note = f"{answer.server}: {answer.detail}"
            (showing.line if answer.ok else showing.mishap)(note)
    for server in silent:
        showing.mishap(f"no acknowledgement from {server}")
    return not silent and all(answer.ok for answer in answers)
