"""Connections end, whoever gives them up and whenever."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, text

from butlery.registry.engines import RetirableEngine

_SECOND = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) "
    "SELECT count(*) FROM n"
)


def test_loop_ends_while_connections_are_given_up(tmp_path: Path) -> None:
    """The statement is cancelled, and then whatever closes its connection."""
    with closing(sqlite3.connect(tmp_path / "a.sqlite3")):
        pass
    url = URL.create("sqlite+aiosqlite", database=str(tmp_path / "a.sqlite3"))

    async def give_up() -> None:
        engine = RetirableEngine(url, 10.0).engine

        async def ask() -> None:
            async with engine.connect() as connection:
                await connection.execute(_SECOND)

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.sleep(0.1)

    running = threading.Thread(target=asyncio.run, args=[give_up()], daemon=True)
    running.start()
    running.join(20)
    assert not running.is_alive()
