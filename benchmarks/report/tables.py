"""A table that knows its two forms: for the terminal and for a document."""

import sys
from collections.abc import Iterable
from typing import Literal

import msgspec
import rich.table
from rich.console import Console


class Table(msgspec.Struct, frozen=True):
    """Rows of text under a heading; the first column holds names."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = ()


_WIDTH = 110
"""Of what is written to a file or a pipe, which have no width of their own."""


def show(tables: Iterable[Table]) -> None:
    """Print ``tables`` on the terminal."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for table in tables:
        shown = rich.table.Table(title=table.title, title_justify="left")
        for number, column in enumerate(table.columns):
            justify: Literal["left", "right"] = "right" if number else "left"
            shown.add_column(column, justify=justify, no_wrap=not number)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
        for note in table.notes:
            console.print(note, highlight=False)
        console.print()


def as_markdown(tables: Iterable[Table]) -> str:
    """Write ``tables`` as sections of a Markdown document."""
    return "\n\n".join(_section(table) for table in tables)


def _section(table: Table) -> str:
    ruler = ("---", *["---:"] * (len(table.columns) - 1))
    lines = [_line(row) for row in (table.columns, ruler, *table.rows)]
    return "\n\n".join([f"### {table.title}", "\n".join(lines), *table.notes])


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
