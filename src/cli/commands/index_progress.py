"""Shows how far a command for release indexes has come, if somebody looks on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...cache.index import Building
    from ..admin import Showing


@contextmanager
def showing_bytes(
    showing: "Showing", doing: str, total: int | None
) -> "Iterator[Callable[[int], None]]":
    """Have what is told how many more bytes are done."""
    if not showing.is_live:
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=showing.console, transient=True) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda more: progress.advance(task, more)


@contextmanager
def showing_build(showing: "Showing") -> "Iterator[Callable[[Building], None]]":
    """Have what is told how far a build has come."""
    if not showing.is_live:
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TimeElapsedColumn(),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s"),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=showing.console, transient=True) as progress:
        task = progress.add_task("opening the repository", total=None, rows=0, rate=0)

        def show(building: "Building") -> None:
            elapsed = progress.tasks[0].elapsed or 0.0
            progress.update(
                task,
                description=building.doing,
                total=building.steps or None,
                completed=building.step - 1,
                rows=building.rows,
                rate=building.rows / elapsed if elapsed else 0,
            )

        yield show


def size_in_words(count: int) -> str:
    """Return a number of bytes as people read it."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
