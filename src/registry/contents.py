"""Everything small in a registry, read in one transaction.

The result keeps rows as they came; what they mean is the cache's business. A table
whose rows did not change keeps the *same* list object as in the previous contents,
so that a reader can skip rebuilding what it made from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Select,
    TableClause,
    column,
    func,
    literal,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import CompoundSelect

from .attributes import read_attributes
from .errors import RepositoryError
from .inspection import unreadable_tables, verify_columns, verify_dataset_tables
from .moment import Marked, Moment
from .schema import Schema

Rows = Sequence[Any]

ATTRIBUTES = "butler_attributes"


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows of the small tables.

    Parameters
    ----------
    moment, until
        What the gate said; never newer, and never older, than the rows are.
    schema
        Tables of the repository.
    rows
        Rows by name: a table's, or an element's for dimension records.
    tokens
        PostgreSQL: a text per table that changes with any row of it.
    unreadable
        Tables that exist and that the server's role may not read.
    """

    moment: Moment
    until: Moment
    schema: Schema
    rows: Mapping[str, Rows]
    tokens: Mapping[str, str]
    unreadable: frozenset[str]


async def read_contents(
    connection: AsyncConnection,
    dialect: str,
    moment: Moment,
    previous: Contents | None,
    namespace: str | None = None,
) -> Contents:
    """Read what changed since ``previous``; the caller has begun a transaction.

    Raises
    ------
    RepositoryError
        If the database holds no repository that can be served.
    """
    attributes = await _read_attributes(connection, namespace)
    if previous is not None and previous.rows[ATTRIBUTES] == attributes:
        schema = previous.schema
    else:
        schema = Schema(read_attributes(attributes), dialect, namespace)
        await verify_columns(connection, schema)
        previous = None
    tokens: dict[str, str] = {}
    if dialect == "postgresql":
        tokens = await _read_tokens(connection, schema)
    rows: dict[str, Rows] = {ATTRIBUTES: attributes}
    for name, tables, statement in _queries(schema):
        old = previous.rows[name] if previous is not None else None
        if previous is not None and tokens and _unmoved(tables, tokens, previous):
            rows[name] = previous.rows[name]
            continue
        new: Rows = (await connection.execute(statement)).all()
        rows[name] = old if old is not None and old == new else new
    if previous is None:
        await verify_dataset_tables(connection, schema, rows["dataset_type"])
    unreadable = await unreadable_tables(connection, schema)
    return Contents(moment, moment, schema, rows, tokens, unreadable)


def _unmoved(
    tables: Iterable[TableClause], tokens: Mapping[str, str], previous: Contents
) -> bool:
    return all(tokens[t.name] == previous.tokens.get(t.name) for t in tables)


async def _read_attributes(connection: AsyncConnection, namespace: str | None) -> Rows:
    source = table(ATTRIBUTES, column("name"), column("value"), schema=namespace)
    try:
        result = await connection.execute(select(source).order_by(source.c.name))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        where = f" in the namespace {namespace!r}" if namespace else ""
        raise RepositoryError(
            f"there is no readable table {ATTRIBUTES}{where}: no Butler repository has "
            "been created there, or the role may not read it"
        ) from error
    return result.all()


def _queries(
    schema: Schema,
) -> Iterable[tuple[str, tuple[TableClause, ...], Select[Any]]]:
    """Yield (name of the rows, tables they come from, statement)."""
    collection = schema.collection
    yield (
        collection.name,
        (collection,),
        select(
            schema.collection_id.label("key"),
            collection.c.name.label("collection"),
            collection.c.type,
            collection.c.doc,
        ).order_by(_creation_order(schema)),
    )
    chain = schema.collection_chain
    yield (
        chain.name,
        (chain,),
        select(chain.c.parent, chain.c.child).order_by(
            chain.c.parent, chain.c.position
        ),
    )
    for summary in (schema.summary_dataset_type, *schema.summary_governors.values()):
        yield summary.name, (summary,), select(*summary.c)
    yield (
        schema.dataset_type.name,
        (schema.dataset_type,),
        select(*schema.dataset_type.c),
    )
    for source in (schema.dimension_group, schema.opaque_meta):
        yield source.name, (source,), select(*source.c)
    for element in schema.universe.elements.values():
        if element.small:
            source = schema.elements[element.view_of or element.name]
            yield record_rows(element.name), (source,), schema.select_records(element)


def record_rows(element: str) -> str:
    """Return the name under which an element's records are in the rows."""
    return f"records:{element}"


def _creation_order(schema: Schema) -> Any:
    """Return the order in which unordered answers list collections.

    Integer keys grow with time. Name-keyed repositories keep no such order but in
    SQLite's row ids; elsewhere names serve, so that all servers agree.
    """
    if schema.attributes.collection_key == "collection_id":
        return schema.collection_id
    if schema.dialect == "sqlite":
        return text("rowid")
    return schema.collection_id


async def _read_tokens(connection: AsyncConnection, schema: Schema) -> dict[str, str]:
    result = await connection.execute(_token_statement(_tables(schema)))
    return {row.name: row.token for row in result}


def definition_tokens(schema: Schema) -> Marked:
    """Ask for the tokens of all small tables (PostgreSQL)."""
    tokens = _token_statement(_tables(schema)).subquery("tokens")
    return Marked(select(tokens.c.name, tokens.c.token), schema.dialect)


def _tables(schema: Schema) -> Iterable[TableClause]:
    tables = {t.name: t for _, sources, _ in _queries(schema) for t in sources}
    return tables.values()


def _token_statement(tables: Iterable[TableClause]) -> CompoundSelect[Any]:
    """Return the statement for (table, count and sum of row hashes).

    A row's hash covers its ``xmin``, so that rewriting the same content counts.
    """
    return union_all(
        *(
            select(
                literal(source.name).label("name"),
                func.concat(func.count(), text("':'"), func.sum(text(_ROW_HASH))).label(
                    "token"
                ),
            ).select_from(source.alias("t"))
            for source in tables
        )
    )


_ROW_HASH = "hashtextextended(t::text || ':' || t.xmin::text, 0)"
