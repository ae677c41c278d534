"""One repository's registry: its configuration, its database and its gate."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from ..protocol.errors import UnavailableError
from .config import RepositoryConfig, load_repository_config
from .contents import Contents
from .database import Database, explain_open_failure
from .dataset_types import RegisteredDatasetType
from .errors import RepositoryError
from .gate import Gate, PostgresqlGate, SqliteGate
from .reader import RegistryReader

_LOOKS = 200
_LOOK_SECONDS = 0.05
_LOCKED = "database is locked"


class Registry:
    """Door to one repository's database; opens nothing before it is asked.

    Parameters
    ----------
    config
        Where the database is.
    deadline_seconds
        Longest time that one statement may take.

    Attributes
    ----------
    identity
        What the repository is called wherever several servers meet; known once open.
    """

    def __init__(
        self, config: RepositoryConfig, *, deadline_seconds: float = 10.0
    ) -> None:
        self.config = config
        self.identity = ""
        self.database = Database(config.database, deadline_seconds=deadline_seconds)
        self.gate: Gate = (
            SqliteGate(self.database)
            if self.database.dialect == "sqlite"
            else PostgresqlGate(self.database, config.namespace)
        )

    @classmethod
    def from_uri(cls, repository: str, *, deadline_seconds: float = 10.0) -> "Registry":
        """Return the registry of a repository given by path, URI or label.

        Raises
        ------
        RepositoryError
            If its configuration cannot be served.
        """
        config = load_repository_config(repository)
        return cls(config, deadline_seconds=deadline_seconds)

    async def open(self) -> Contents:
        """Read everything small for the first time.

        Raises
        ------
        RepositoryError
            If the database cannot be opened or holds no repository that can be
            served.
        """
        try:
            contents = await self._read_patiently()
        except (UnavailableError, SQLAlchemyError, OSError) as error:
            cause = error.__cause__ if isinstance(error, UnavailableError) else error
            raise explain_open_failure(
                cause if isinstance(cause, Exception) else error, self.config.database
            ) from error
        self._check_records_tables(contents)
        self.identity = await self.gate.identify()
        return contents

    async def _read_patiently(self) -> Contents:
        """Read the contents, waiting while a writer holds an SQLite file's lock."""
        for _ in range(_LOOKS):
            try:
                return await self.gate.read_contents(None)
            except UnavailableError as error:
                if _LOCKED not in str(error.__cause__):
                    raise
            await asyncio.sleep(_LOOK_SECONDS)
        return await self.gate.read_contents(None)

    def _check_records_tables(self, contents: Contents) -> None:
        """Refuse a misspelt records table: all its files would seem to be missing."""
        existing = {name for (name,) in contents.rows["opaque_meta"]}
        wanted = {datastore.records_table for datastore in self.config.datastores}
        if existing and not existing & wanted:
            raise RepositoryError(
                f"the datastores keep their records in {', '.join(sorted(wanted))}, "
                f"but the repository has only {', '.join(sorted(existing))}"
            )

    def reader(
        self, contents: Contents, dataset_types: Mapping[str, RegisteredDatasetType]
    ) -> RegistryReader:
        """Return a reader that uses the definitions of ``contents``."""
        tables = self.config.records_tables
        return RegistryReader(self.database, contents, dataset_types, tables)

    async def close(self) -> None:
        """Close all connections."""
        await self.gate.close()
        await self.database.close()
