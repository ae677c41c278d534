"""Checks a database's catalogue against what the schema expects.

Columns are compared by name, since migrated repositories have another order.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .errors import RepositoryError
from .schema import Schema

_POSTGRESQL_COLUMNS = text(
    "SELECT c.relname, a.attname FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " AND NOT a.attisdropped"
    " WHERE c.relnamespace = coalesce(to_regnamespace(:namespace),"
    " to_regnamespace(current_schema()))"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
)
_SQLITE_COLUMNS = text(
    "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p"
    " WHERE m.type IN ('table', 'view')"
)
_POSTGRESQL_UNREADABLE = text(
    "SELECT c.relname FROM pg_class c"
    " WHERE c.relnamespace = coalesce(to_regnamespace(:namespace),"
    " to_regnamespace(current_schema()))"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND NOT has_table_privilege(c.oid, 'SELECT')"
)


async def verify_columns(connection: AsyncConnection, schema: Schema) -> None:
    """Check that every table of a repository is there, complete and readable.

    Raises
    ------
    RepositoryError
        Naming what is missing, or the right that is.
    """
    found = await _columns(connection, schema)
    forbidden = await unreadable_tables(connection, schema)
    for table in schema.fixed_tables():
        if table.name not in found:
            raise RepositoryError(f"the database has no table {table.name}")
        missing = set(table.c.keys()) - found[table.name]
        if missing:
            raise RepositoryError(
                f"the table {table.name} has no column {', '.join(sorted(missing))}; "
                "the dimension universe or a manager does not fit the database"
            )
        if table.name in forbidden:
            raise RepositoryError(
                f"the database role may not read {table.name}; run GRANT SELECT on "
                "all tables of the repository"
            )


async def verify_dataset_tables(
    connection: AsyncConnection, schema: Schema, dataset_types: Iterable[Any]
) -> None:
    """Check that the tables of all dataset types exist.

    Raises
    ------
    RepositoryError
        Naming the first that does not.
    """
    found = await _columns(connection, schema)
    for row in dataset_types:
        for name in (row.tag_association_table, row.calibration_association_table):
            if name is not None and name not in found:
                raise RepositoryError(
                    f"the database has no table {name}, which dataset type "
                    f"{row.name!r} needs"
                )


async def _columns(connection: AsyncConnection, schema: Schema) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    statement, parameters = _POSTGRESQL_COLUMNS, _namespace(schema)
    if schema.dialect == "sqlite":
        statement, parameters = _SQLITE_COLUMNS, {}
    for name, column in await connection.execute(statement, parameters):
        found.setdefault(name, set()).add(column)
    return found


async def unreadable_tables(
    connection: AsyncConnection, schema: Schema
) -> frozenset[str]:
    """Return the tables that the server's role may not read (PostgreSQL)."""
    if schema.dialect == "sqlite":
        return frozenset()
    result = await connection.execute(_POSTGRESQL_UNREADABLE, _namespace(schema))
    return frozenset(result.scalars())


def _namespace(schema: Schema) -> dict[str, Any]:
    # to_regnamespace(NULL) is NULL: then the connection's own schema counts.
    quoted = schema.namespace and '"{}"'.format(schema.namespace.replace('"', '""'))
    return {"namespace": quoted}
