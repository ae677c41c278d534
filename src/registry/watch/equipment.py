"""Compares the triggers and functions of a database with those that it should have.

What counts is the catalogue: names, arguments, function sources, and that every
trigger is enabled for all sessions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from ..attributes import read_attributes
from ..errors import RepositoryError
from ..schema import Schema
from .connections import Connection
from .functions import function_bodies
from .sql import namespace_of
from .tables import PREFIX, WatchedTable, watched_tables

_NAMESPACE = (
    "SELECT relnamespace::regnamespace::text, nspname FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"
)
_ATTRIBUTES = SQL("SELECT name, value FROM {}")
_MEMBERS = SQL(
    "SELECT tag_association_table FROM {0} UNION"
    " SELECT calibration_association_table FROM {0}"
    " WHERE calibration_association_table IS NOT NULL ORDER BY 1"
)
_FILES = SQL("SELECT table_name FROM {} ORDER BY 1")
_FUNCTIONS = (
    "SELECT p.proname, p.prosrc FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace"
    f" WHERE n.nspname = %s AND starts_with(p.proname, '{PREFIX}')"
)
_TRIGGERS = (
    "SELECT c.relname, t.tgname, p.proname, t.tgargs, t.tgenabled = 'A'"
    " FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_proc p ON p.oid = t.tgfoid AND p.pronamespace = c.relnamespace"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" WHERE n.nspname = %s AND starts_with(t.tgname, '{PREFIX}')"
)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a repository should have, and what of it is missing or outdated.

    Parameters
    ----------
    schema
        Tables of the repository, with their namespace.
    functions
        Sources of the functions that are missing or have another source.
    tables
        Tables that lack a trigger, or have a wrong or disabled one.
    installed
        Names of our functions that are there, in whatever version.
    """

    schema: Schema
    functions: Mapping[str, str]
    tables: tuple[WatchedTable, ...]
    installed: frozenset[str]

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of all tables and functions that are not as they should be."""
        return (*(table.name for table in self.tables), *self.functions)


async def inspect(connection: Connection, namespace: str | None) -> Equipment:
    """Look at a repository's equipment.

    Raises
    ------
    RepositoryError
        If there is no repository, or none that can be served.
    """
    schema = await _read_schema(connection, namespace)
    place = namespace_of(schema.namespace)
    wanted = watched_tables(
        schema,
        await _names(connection, _MEMBERS, place, "dataset_type"),
        await _names(connection, _FILES, place, "opaque_meta"),
    )
    functions = dict(await _rows(connection, _FUNCTIONS, place))
    triggers = {
        tuple(row[:4]) for row in await _rows(connection, _TRIGGERS, place) if row[4]
    }
    return Equipment(
        schema,
        {
            name: body
            for name, body in function_bodies(schema).items()
            if functions.get(name) != body
        },
        tuple(table for table in wanted if not _expected(table) <= triggers),
        frozenset(functions),
    )


def _expected(table: WatchedTable) -> set[tuple[Any, ...]]:
    """Return a table's triggers as rows of the catalogue."""
    return {
        (
            table.name,
            f"{PREFIX}{trigger.name}",
            trigger.function,
            f"{trigger.argument}\0".encode() if trigger.argument else b"",
        )
        for trigger in table.triggers
    }


async def _read_schema(connection: Connection, namespace: str | None) -> Schema:
    parts = ([namespace] if namespace else []) + ["butler_attributes"]
    table = Identifier(*parts)
    rows = await _rows(connection, _NAMESPACE, table.as_string(connection))
    if not rows:
        where = f" in the namespace {namespace!r}" if namespace else ""
        raise RepositoryError(
            f"there is no table butler_attributes{where}: no Butler repository has "
            "been created there"
        )
    try:
        cursor = await connection.execute(_ATTRIBUTES.format(table))
    except psycopg.errors.InsufficientPrivilege as error:
        raise RepositoryError(
            "the database role may not read butler_attributes; run GRANT SELECT on "
            "butler_attributes, dataset_type and opaque_meta"
        ) from error
    attributes = read_attributes(
        (str(name), str(value)) for name, value in await cursor.fetchall()
    )
    return Schema(attributes, "postgresql", str(rows[0][1]))


async def _names(
    connection: Connection, query: SQL, namespace: str, table: str
) -> list[str]:
    cursor = await connection.execute(query.format(Identifier(namespace, table)))
    return [str(name) for (name,) in await cursor.fetchall()]


async def _rows(
    connection: Connection, query: str, parameter: str
) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(query.encode(), (parameter,))
    return await cursor.fetchall()
