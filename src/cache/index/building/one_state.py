"""One state of a database to read at leisure, while others go on writing."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import URL

from ....registry import (
    BulkReader,
    Registry,
    bulk_reader,
    sqlite_copy,
)


@asynccontextmanager
async def one_state(
    registry: Registry, work: Path, begin: Callable[[str], None]
) -> AsyncIterator[BulkReader]:
    """Have one state of a repository, as long as the context lasts.

    Parameters
    ----------
    work
        Folder in which the file of an SQLite database is copied.
    begin
        Is told what is done.

    Raises
    ------
    RepositoryError, UnavailableError
        If the repository cannot be read.
    OSError
        If its file cannot be copied.
    """
    if registry.database.dialect != "sqlite":
        async with bulk_reader(registry) as reader:
            yield reader
        return
    await registry.open()
    begin("copying the database")
    copy = work / "copy.sqlite3"
    _copy(registry, copy)
    url: URL = registry.config.database.set(database=str(copy))
    copied = Registry(replace(registry.config, database=url))
    try:
        async with bulk_reader(copied) as reader:
            yield reader
    finally:
        await copied.close()
        copy.unlink(missing_ok=True)


def _copy(registry: Registry, target: Path) -> None:
    """Copy the file: reading it would keep writers from committing all the time."""
    try:
        sqlite_copy(registry, target)
    except sqlite3.Error as error:
        raise OSError(
            f"the database cannot be copied to {target.parent}: {error}"
        ) from error
