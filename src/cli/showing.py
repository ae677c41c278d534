"""Shows what servers say: tables on a terminal, plain lines or JSON otherwise.

What servers say is not trusted: no control character of theirs reaches a terminal.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import click

from ..protocol.printable import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console


class Showing:
    """Where to print, and how.

    Parameters
    ----------
    as_json
        Whether JSON is wanted, and nothing else.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> "Console":
        """A terminal, or what stands in its place."""
        from rich.console import Console

        return Console(highlight=False, emoji=False)

    @property
    def is_live(self) -> bool:
        """Whether somebody looks at a terminal."""
        return self.console.is_terminal and not self.as_json

    def document(self, document: object) -> None:
        """Print a document as one line of JSON."""
        import msgspec

        click.echo(printable_json(msgspec.to_builtins(document)))

    def line(self, text: str) -> None:
        """Print one line."""
        self.console.print(printable(text), soft_wrap=True, markup=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows below the names of their columns."""
        if not self.is_live:
            for row in [columns, *rows]:
                click.echo("\t".join(map(printable, row)))
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold")
        for column in columns:
            table.add_column(Text(printable(column)), overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(value)) for value in row))
        self.console.print(table)

    def mishap(self, text: str) -> None:
        """Print one line about something that did not go well."""
        click.echo(f"butlery: {printable(text)}", err=True)
