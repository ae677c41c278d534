"""All rows of a statement, batch by batch; the next is on its way while one is used."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any

import psycopg
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

Batch = Sequence[Sequence[Any]]

_BATCH = 5_000
_CURSOR = "butlery_bulk"


async def stream(
    connection: AsyncConnection, statement: Select[Any]
) -> AsyncGenerator[Batch]:
    """Yield rows of any kind."""
    options = {"yield_per": _BATCH}
    result = await connection.stream(statement, execution_options=options)
    try:
        async with aclosing(_ahead(lambda: result.fetchmany(_BATCH))) as batches:
            async for batch in batches:
                yield batch
    finally:
        await result.close()


async def stream_plain(
    connection: AsyncConnection, statement: Select[Any]
) -> AsyncGenerator[Batch]:
    """Yield rows that need no conversion, on PostgreSQL without SQLAlchemy.

    That fetches them by the dozen, which takes several times as long.
    """
    if connection.dialect.name != "postgresql":
        async with aclosing(stream(connection, statement)) as batches:
            async for batch in batches:
                yield batch
        return
    compiled = statement.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101 - told to mypy
    async with driver.cursor(name=_CURSOR, binary=True) as cursor:
        await cursor.execute(compiled.string.encode(), compiled.params)
        async with aclosing(_ahead(lambda: cursor.fetchmany(_BATCH))) as batches:
            async for batch in batches:
                yield batch


async def _ahead(fetch: Callable[[], Awaitable[Batch]]) -> AsyncGenerator[Batch]:
    coming = asyncio.ensure_future(fetch())
    try:
        while rows := await coming:
            coming = asyncio.ensure_future(fetch())
            await asyncio.sleep(0)  # so that it is sent
            yield rows
    finally:
        if not coming.done():
            with suppress(Exception):
                await coming
