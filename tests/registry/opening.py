"""Opening repositories in a test's own event loop, and copies to spoil."""

import shutil
import sqlite3
from contextlib import AsyncExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from butlery.cache import Repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import Dialect, RepositoryShelf

_copies = count(1)


PATIENT_SECONDS = 30.0
"""Deadline where time is not the matter: a database may copy others meanwhile, and the
machine may have stood still for some seconds."""


async def open_repository(
    stack: AsyncExitStack,
    root: Path,
    *,
    poll_seconds: float = 0,
    deadline_seconds: float = PATIENT_SECONDS,
    **options: Any,
) -> Repository:
    """Open a repository that asks its database before every answer."""
    repository = Repository.from_uri(
        "repo",
        str(root),
        poll_seconds=poll_seconds,
        deadline_seconds=deadline_seconds,
        **options,
    )
    stack.push_async_callback(repository.close)
    await repository.open()
    return repository


class OwnRepository:
    """A repository that one test may spoil."""

    def __init__(self, root: Path, postgres: PostgresCluster | None, name: str) -> None:
        self.root = root
        self.postgres = postgres
        self.database = name

    def literal(self, id_: UUID) -> str:
        """Return a UUID as it is written in this database's SQL."""
        return f"'{id_}'" if self.postgres is not None else f"'{id_.hex}'"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the registry's database without Butler."""
        if self.postgres is not None:
            return self.postgres.execute(sql, database=self.database)
        with closing(sqlite3.connect(self.root / "gen3.sqlite3")) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change the registry's database behind Butler's back."""
        if self.postgres is not None:
            self.postgres.execute(sql, database=self.database)
            return
        path = self.root / "gen3.sqlite3"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.executescript(sql)


def copy_repository(
    repositories: RepositoryShelf, postgres: PostgresCluster, dialect: Dialect
) -> OwnRepository:
    """Return a fresh copy of the basic repository on either kind of database."""
    if dialect == "postgresql":
        return _copy_on_postgres(repositories, postgres)
    return OwnRepository(repositories.copy("base"), None, "")


def _copy_on_postgres(
    repositories: RepositoryShelf, postgres: PostgresCluster
) -> OwnRepository:
    """Copy a repository's folder and its database."""
    original = repositories.get("base", "postgresql")
    number = next(_copies)
    name = f"copy_{number}"
    root = original.parent / f"base-postgresql-copy-{number}"
    shutil.copytree(original, root)
    file = root / "butler.yaml"
    text = file.read_text(encoding="utf-8")
    (template,) = {
        line.rpartition("/")[2] for line in text.splitlines() if "postgresql://" in line
    }
    file.write_text(text.replace(f"/{template}", f"/{name}"), encoding="utf-8")
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return OwnRepository(root, postgres, name)
