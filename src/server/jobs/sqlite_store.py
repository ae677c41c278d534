"""Jobs in an SQLite file, for the server processes of one host.

Write-ahead logging lets them read while one writes, and is the reason for the one host:
it needs memory that all of them share. All is done in one thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .job import Job
from .store import StoreAwayError

_T = TypeVar("_T")
_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, owned_by TEXT NOT NULL,
    is_listed INTEGER NOT NULL, is_active INTEGER NOT NULL,
    created REAL NOT NULL, expires REAL NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS job_of_user ON job (owned_by, is_listed);
CREATE INDEX IF NOT EXISTS job_active ON job (created) WHERE is_active;
CREATE INDEX IF NOT EXISTS job_expires ON job (expires);
CREATE TABLE IF NOT EXISTS server (name TEXT PRIMARY KEY, beat REAL NOT NULL);
"""
_ADD = "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_COUNT = "SELECT count(*) FROM job WHERE owned_by = ? AND is_listed AND expires > ?"
_LIST = (
    "SELECT data FROM job WHERE owned_by = ? AND is_listed AND expires > ? "
    "ORDER BY created DESC, id"
)
_REPLACE = (
    "UPDATE job SET version = ?, is_listed = ?, is_active = ?, expires = ?, data = ? "
    "WHERE id = ? AND version = ?"
)
_BEAT = (
    "INSERT INTO server VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET beat = excluded.beat"
)


class SqliteJobs:
    """A store in a file.

    Parameters
    ----------
    path
        Of the file; it is made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the file as long as the context lasts."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="jobs")
        try:
            self._connection = await self._run(self._connect)
            try:
                yield
            finally:
                await self._run(self._connection.close)
        finally:
            self._thread.shutdown()

    async def add(self, job: Job, most: int, now: float) -> bool:
        """Keep a new job, if there are not too many."""

        def add(connection: sqlite3.Connection) -> bool:
            ((count,),) = connection.execute(_COUNT, (_owner(job), now))
            if count >= most:
                return False
            connection.execute(
                _ADD,
                (
                    job.id,
                    job.version,
                    _owner(job),
                    not job.is_delivered,
                    job.is_active,
                    job.created,
                    job.expires,
                    _encode(job),
                ),
            )
            return True

        return await self._write(add)

    async def get(self, id_: str) -> Job | None:
        """Return a job."""
        found = await self._read("SELECT data FROM job WHERE id = ?", id_)
        return _decode(found[0][0]) if found else None

    async def replace(self, old: Job, new: Job) -> bool:
        """Change a job that is still as it was."""
        row = (new.version, not new.is_delivered, new.is_active, new.expires)
        arguments = (*row, _encode(new), old.id, old.version)
        return await self._write(
            lambda connection: connection.execute(_REPLACE, arguments).rowcount == 1
        )

    async def remove(self, id_: str) -> None:
        """Forget a job."""
        await self._write(lambda c: c.execute("DELETE FROM job WHERE id = ?", (id_,)))

    async def of_user(self, repository: str, user: str | None, now: float) -> list[Job]:
        """Return the jobs of a user."""
        rows = await self._read(_LIST, _name(repository, user), now)
        return [_decode(data) for (data,) in rows]

    async def active(self) -> list[Job]:
        """Return the jobs that somebody has to work on."""
        sql = "SELECT data FROM job WHERE is_active ORDER BY created"
        return [_decode(data) for (data,) in await self._read(sql)]

    async def expired(self, now: float) -> list[str]:
        """Return ids of jobs that have expired."""
        rows = await self._read("SELECT id FROM job WHERE expires <= ?", now)
        return [id_ for (id_,) in rows]

    async def beat(self, server: str, now: float) -> None:
        """Note that a server is alive."""

        def beat(connection: sqlite3.Connection) -> None:
            connection.execute(_BEAT, (server, now))
            connection.execute("DELETE FROM server WHERE beat < ?", (now - 86_400,))

        await self._write(beat)

    async def alive(self, since: float) -> frozenset[str]:
        """Return the servers that were alive."""
        rows = await self._read("SELECT name FROM server WHERE beat >= ?", since)
        return frozenset(name for (name,) in rows)

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(
            self._path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        return connection

    async def _read(self, sql: str, *arguments: object) -> Sequence[Any]:
        return await self._run(lambda: self._opened.execute(sql, arguments).fetchall())

    async def _write(self, change: Callable[[sqlite3.Connection], _T]) -> _T:
        def write() -> _T:
            # Nobody else writes between what is read in it and what is written.
            self._opened.execute("BEGIN IMMEDIATE")
            try:
                done = change(self._opened)
            except BaseException:
                self._opened.execute("ROLLBACK")
                raise
            self._opened.execute("COMMIT")
            return done

        return await self._run(write)

    async def _run(self, call: Callable[[], _T]) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, call)
        except (sqlite3.Error, OSError) as error:
            raise StoreAwayError(f"{self._path}: {error}") from error

    @property
    def _opened(self) -> sqlite3.Connection:
        assert self._connection is not None  # noqa: S101 - told to mypy
        return self._connection


def _owner(job: Job) -> str:
    return _name(job.repository, job.user)


def _name(repository: str, user: str | None) -> str:
    # A label has no slash; nobody is not somebody without a name.
    return repository if user is None else f"{repository}/{user}"


def _encode(job: Job) -> bytes:
    return msgspec.msgpack.encode(job)


def _decode(data: bytes) -> Job:
    return msgspec.msgpack.decode(data, type=Job)
