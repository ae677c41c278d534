"""Puts the triggers into a repository's database, and takes them out again.

Each is one transaction, may be repeated, and never waits long for a lock: a busy
repository is not blocked, and no writer can become the victim of a deadlock with us.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from ..config import RepositoryConfig
from ..errors import RepositoryError
from .connections import Connection, connect, connect_to_write
from .equipment import Equipment, inspect
from .functions import create_function
from .sql import namespace_of
from .triggers import create_table_triggers

# All waits of one try together are shorter than PostgreSQL's deadlock_timeout (1 s):
# it is never a writer that finds himself in a deadlock with us.
_LOCK_TIMEOUT = b"SET LOCAL lock_timeout = '400ms'"
_BEGIN_LOCKING = b"SET LOCAL statement_timeout = '400ms'"
_END_LOCKING = b"SET LOCAL statement_timeout = 0"
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.5
_BRING_TABLES = ("dataset_type", "opaque_meta")

_Sleep = Callable[[float], Awaitable[None]]

_OWNERS = (
    "SELECT c.relname, pg_get_userbyid(c.relowner) FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = %s AND c.relname = ANY(%s)"
    " AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1"
)
_FUNCTION_OWNERS = (
    "SELECT p.proname, pg_get_userbyid(p.proowner) FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = %s AND p.proname = ANY(%s)"
    " AND NOT pg_has_role(p.proowner, 'USAGE') ORDER BY 1"
)
_MAY_CREATE = "SELECT has_schema_privilege(%s, 'CREATE'), current_user"


async def install(
    config: RepositoryConfig, *, sleep: _Sleep = asyncio.sleep
) -> Equipment:
    """Equip every table that is not, and return what was missing before.

    Raises
    ------
    RepositoryError
        If the database is SQLite or a standby, a right is missing, or the tables are
        too busy to be locked.
    """
    async with _writing(config) as connection:
        before = await inspect(connection, config.namespace)
        if before.missing:
            await _check_rights(connection, before)
            await _retry(lambda: _equip(connection, before), sleep)
    return before


async def remove(
    config: RepositoryConfig, *, sleep: _Sleep = asyncio.sleep
) -> Equipment:
    """Take out all triggers and functions, and return what was there before.

    Raises
    ------
    RepositoryError
        As for `install`.
    """
    async with _writing(config) as connection:
        before = await inspect(connection, config.namespace)
        if before.installed:
            await _check_ownership(connection, before)
            await _retry(lambda: _drop(connection, before), sleep)
    return before


async def status(config: RepositoryConfig) -> Equipment:
    """Return what the repository has and lacks; needs no right but to read.

    Raises
    ------
    RepositoryError
        If there is no repository that can be watched.
    """
    async with await connect(config.database) as connection:
        return await inspect(connection, config.namespace)


@asynccontextmanager
async def _writing(config: RepositoryConfig) -> AsyncIterator[Connection]:
    async with await connect_to_write(config.database) as connection:
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise RepositoryError(
                f"the database role lacks a right: {str(error).strip()}; run this as "
                "the owner of the repository's tables"
            ) from error


async def _retry(work: Callable[[], Awaitable[None]], sleep: _Sleep) -> None:
    for attempt in range(_ATTEMPTS):
        if attempt:
            await sleep(_PAUSE_SECONDS)
        try:
            await work()
        except (
            psycopg.errors.LockNotAvailable,
            psycopg.errors.DeadlockDetected,
            psycopg.errors.QueryCanceled,
        ) as error:
            reason = str(error).strip()
        else:
            return
    raise RepositoryError(
        f"the repository's tables are in use: {reason} (tried {_ATTEMPTS} times); "
        "nothing was changed, try again when fewer writers are at work"
    )


async def _equip(connection: Connection, before: Equipment) -> None:
    async with connection.transaction():
        await connection.execute(_LOCK_TIMEOUT)
        # First those that bring new tables: none can then come unequipped.
        await _lock(connection, before, _BRING_TABLES)
        found = await inspect(connection, _namespace(before))
        await _lock(connection, found, [table.name for table in found.tables])
        for name, body in found.functions.items():
            statement = create_function(found.schema, name, body)
            await connection.execute(statement.encode())
        for table in found.tables:
            statements = create_table_triggers(_namespace(found), table)
            await connection.execute("\n".join(statements).encode())


async def _drop(connection: Connection, before: Equipment) -> None:
    """Drop the functions, and with each its triggers, on whatever table they are."""
    async with connection.transaction():
        await connection.execute(_LOCK_TIMEOUT)
        for name in sorted(before.installed):
            function = Identifier(_namespace(before), name)
            await connection.execute(SQL("DROP FUNCTION {}() CASCADE").format(function))


async def _lock(connection: Connection, found: Equipment, names: Iterable[str]) -> None:
    tables = [Identifier(_namespace(found), name) for name in names]
    if tables:
        lock = SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
        await connection.execute(_BEGIN_LOCKING)
        await connection.execute(lock.format(SQL(", ").join(tables)))
        await connection.execute(_END_LOCKING)


async def _check_rights(connection: Connection, found: Equipment) -> None:
    cursor = await connection.execute(_MAY_CREATE, (_namespace(found),))
    row = await cursor.fetchone()
    if row is not None and not row[0]:
        raise RepositoryError(
            f"the role {row[1]} may not create functions in the namespace "
            f"{_namespace(found)}; run GRANT CREATE ON SCHEMA on it for that role"
        )
    names = [*_BRING_TABLES, *(table.name for table in found.tables)]
    await _refuse(connection, _OWNERS, _namespace(found), "table", names)
    await _check_ownership(connection, found)


async def _check_ownership(connection: Connection, found: Equipment) -> None:
    names = sorted(found.installed)
    await _refuse(connection, _FUNCTION_OWNERS, _namespace(found), "function", names)


async def _refuse(
    connection: Connection, query: str, namespace: str, kind: str, names: list[str]
) -> None:
    cursor = await connection.execute(query.encode(), (namespace, names))
    rows = await cursor.fetchall()
    if rows:
        name, owner = rows[0]
        more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        raise RepositoryError(
            f"the {kind} {name}{more} belongs to {owner}, and only its owner may do "
            f"this; run it as {owner}, or GRANT {owner} to the role in use"
        )


def _namespace(found: Equipment) -> str:
    return namespace_of(found.schema.namespace)
