"""One registry database, which can only be read.

Every statement of a lookup goes through `Database.fetch`, which counts it, bounds
its time and turns whatever the database says into an error with a remedy.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from ..protocol.errors import UnavailableError
from .engines import RetirableEngine
from .errors import RepositoryError, StaleDefinitionsError
from .moment import Marked, Moment

_DEFINITIONS = "butlery_definitions"
_UNDEFINED = ("42P01", "42703", "3F000")  # table, column, schema
_FORBIDDEN = "42501"
_NODES_TRIED = 16


class Database:
    """Read-only access to one registry database.

    Parameters
    ----------
    url
        SQLAlchemy URL with an async driver.
    deadline_seconds
        Longest time that one statement may take, waiting for a connection included.

    Attributes
    ----------
    statements
        Number of statements run for lookups so far.
    node
        The node that the gate looks at; answers of others do not count.
    shown
        A moment at which all is visible that any answer so far has shown; `None` on
        SQLite, where no answer tells.
    """

    def __init__(self, url: URL, *, deadline_seconds: float = 10.0) -> None:
        self.url = url
        self.statements = 0
        self.node: str | None = None
        self.shown: Moment | None = None
        self._deadline_seconds = deadline_seconds
        self._current = self._create()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.url.get_backend_name()

    async def fetch(
        self, marked: Marked, parameters: Mapping[str, Any], *, is_lookup: bool = True
    ) -> tuple[Moment | None, list[Sequence[Any]]]:
        """Run one statement; return its moment, if it tells one, and all its rows.

        A connection that turns out to be dead is replaced once: reading again is
        harmless. One that leads to another node than the gate's is replaced, too.

        Raises
        ------
        UnavailableError
            If the database is away, too slow, refuses the role, or its address leads
            to other nodes only.
        StaleDefinitionsError
            If a table or column of the statement does not exist (any more).
        """
        options = {} if is_lookup else {_DEFINITIONS: True}
        try:
            async with asyncio.timeout(self._deadline_seconds):
                for _ in range(_NODES_TRIED):
                    answer = await self._run_again(marked, parameters, options)
                    if answer is not None:
                        return answer
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise translate(error) from error
        raise UnavailableError(
            "The database's address leads to several nodes; give this server one of "
            "its own."
        )

    async def _run_again(
        self, marked: Marked, parameters: Mapping[str, Any], options: Mapping[str, Any]
    ) -> tuple[Moment | None, list[Sequence[Any]]] | None:
        try:
            return await self._run(marked, parameters, options)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._run(marked, parameters, options)

    async def _run(
        self, marked: Marked, parameters: Mapping[str, Any], options: Mapping[str, Any]
    ) -> tuple[Moment | None, list[Sequence[Any]]] | None:
        """Return the answer, or `None` if another node gave it."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**options)
            result = await connection.execute(marked.statement, dict(parameters))
            moment, rows = marked.read(result.all())
            if moment is None:
                return None, rows
            if self.node in {None, moment.node}:
                self.note_shown(moment)
                return moment, rows
            await connection.invalidate()
            return None

    def note_shown(self, moment: Moment) -> None:
        """Note what an answer may show."""
        shown = self.shown
        self.shown = moment if shown is None else shown.with_all_of(moment)

    async def connect(self) -> AsyncConnection:
        """Return a connection for gate and definitions, to be closed by the caller.

        Its statements are not counted: they are nobody's lookup.
        """
        connection = await self.engine.connect()
        return await connection.execution_options(**{_DEFINITIONS: True})

    async def close(self) -> None:
        """Close all connections; the next statement opens new ones.

        Those that are in use are closed when they are given back.
        """
        # First the new one: closing takes its time, and others go on meanwhile.
        old, self._current = self._current, self._create()
        await old.retire()

    @property
    def connections(self) -> tuple[int, int]:
        """Number of connections in use, and of idle ones."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)  # noqa: S101 - as `engines` makes it
        return pool.checkedout(), pool.checkedin()

    @property
    def engine(self) -> AsyncEngine:
        """The engine of now; ask again for each use."""
        return self._current.engine

    def _create(self) -> RetirableEngine:
        created = RetirableEngine(self.url, self._deadline_seconds)
        event.listen(created.engine.sync_engine, "before_cursor_execute", self._count)
        return created

    def _count(self, connection: Connection, *_: object) -> None:
        if not connection.get_execution_options().get(_DEFINITIONS):
            self.statements += 1


def translate(error: Exception) -> Exception:
    """Return the error that a caller of this package should see for ``error``."""
    if isinstance(error, PoolTimeoutError | TimeoutError):
        return UnavailableError("The repository's database did not answer in time.")
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    text = str(original)
    if state == _FORBIDDEN:
        return UnavailableError(
            f"The server's database role lacks a right: {text.strip()}; "
            "run GRANT SELECT on it for that role."
        )
    if state in _UNDEFINED or text.startswith(("no such table", "no such column")):
        return StaleDefinitionsError(text)
    return UnavailableError("The repository's database cannot be reached now.")


def explain_open_failure(error: Exception, url: URL) -> RepositoryError:
    """Return why a repository's database could not be opened at start."""
    original = getattr(error, "orig", None) or error
    reason = " ".join(str(original).split()) or type(original).__name__
    return RepositoryError(
        f"cannot open {url.render_as_string(hide_password=True)}: {reason}"
    )
