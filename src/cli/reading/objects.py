"""Shows what datasets are: text, structures, tables, arrays; or writes their bytes."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from ...protocol.printable import printable_json, printable_lines

if TYPE_CHECKING:
    from ..showing import Showing

_ROWS_ON_A_TERMINAL = 40
_STANDARD_OUTPUT = Path("-")

Table = tuple[Sequence[str], Sequence[Sequence[Any]], int]
"""Names of columns, the first rows, and how many there are in all."""


def show_object(showing: "Showing", found: Any, limit: int | None) -> None:
    """Show an object as well as a terminal can.

    Raises
    ------
    ValueError
        If it is binary and somebody looks on, or cannot be shown as JSON.
    """
    if limit is None and showing.is_live:
        limit = _ROWS_ON_A_TERMINAL
    if isinstance(found, bytes):
        write_bytes(showing, found, _STANDARD_OUTPUT)
    elif showing.as_json:
        click.echo(_json(found, limit))
    elif isinstance(found, dict | list | tuple | int | float) or found is None:
        click.echo(_json(found, None, indent=2))
    elif (table := _table(found, limit)) is not None:
        columns, rows, count = table
        showing.table(columns, map(_for_eyes, rows) if showing.is_live else rows)
        if len(rows) < count and showing.is_live:
            showing.line(f"... {count - len(rows)} more rows; --limit shows more")
    else:
        click.echo(printable_lines(str(found)))


def write_bytes(showing: "Showing", content: bytes, path: Path) -> None:
    """Write bytes to a file, which is there when all of it is, or to the output.

    Raises
    ------
    ValueError
        If the output is a terminal.
    """
    if path == _STANDARD_OUTPUT:
        if showing.console.is_terminal:
            raise ValueError("it is binary, and this is a terminal: give -o FILE")
        sys.stdout.buffer.write(content)
        return
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device
        return
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _for_eyes(row: Sequence[Any]) -> list[Any]:
    return [f"{v:.6g}" if isinstance(v, float) else v for v in row]


def _json(found: Any, limit: int | None, indent: int | None = None) -> str:
    import msgspec

    table = _table(found, limit)
    if table is not None:
        columns, rows, _ = table
        found = [dict(zip(columns, row, strict=True)) for row in rows]
    elif hasattr(found, "tolist"):
        found = found.tolist()
    try:
        return printable_json(msgspec.to_builtins(found, enc_hook=_plain), indent)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{type(found).__name__} cannot be shown as JSON: {error}"
        ) from error


def _plain(value: Any) -> Any:
    """Return what stands for a value that JSON has no form of."""
    for method in ("tolist", "to_dict", "model_dump"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(f"there is no form for {type(value).__name__}")


def _table(found: Any, limit: int | None) -> Table | None:
    """Take a table of Arrow, Pandas or Astropy apart; `None` if it is none."""
    if hasattr(found, "to_pylist") and hasattr(found, "column_names"):
        columns = list(found.column_names)
        rows = [list(row.values()) for row in found.slice(0, limit).to_pylist()]
    elif hasattr(found, "itertuples"):
        columns = [str(name) for name in found.columns]
        rows = [list(row) for row in found[:limit].itertuples(index=False)]
    elif hasattr(found, "colnames"):
        columns = list(found.colnames)
        rows = [list(row) for row in found[:limit].as_array().tolist()]
    else:
        return None
    return columns, rows, len(found)
