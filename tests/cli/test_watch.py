"""`butlery watch` equips a database, tells servers what changes, and ends in order."""

import asyncio
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from butlery.cache.bus import Changed, ChangeStream, Covered, Delivery
from butlery.cache.bus.transports.redis import RedisTransport
from butlery.cli import main
from butlery.registry import Registry
from tests.cache.bus.media import until
from tests.coherence.places import PostgresPlaces, database_of
from tests.coherence.writer.given import register_run, write
from tests.support.postgres import PostgresCluster
from tests.support.redis_server import RedisServer
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def root(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PostgresPlaces(postgres, tmp_path_factory.mktemp("watch")).copy()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer.start()
    yield server
    server.stop()


def watch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["watch", *map(str, arguments)])


def test_triggers_are_installed_once_and_removed_without_a_trace(root: Path) -> None:
    assert watch("status", root).stdout == "not installed\n"
    assert watch("status", root).exit_code == 1
    assert watch("install", root).stdout.startswith("installed: ")
    assert watch("install", root).stdout == "nothing to do: everything is installed\n"
    found = watch("status", root)
    assert (found.exit_code, found.stdout) == (0, "installed and complete\n")
    with psycopg.connect(database_of(root)) as connection:
        connection.execute("ALTER TABLE collection DISABLE TRIGGER USER")
    assert watch("status", root).stdout == (
        "incomplete; missing or outdated: collection\n"
    )
    assert watch("remove", root).stdout.startswith("removed: ")
    assert watch("remove", root).stdout == "nothing to do: nothing is installed\n"


def test_repository_on_sqlite_is_refused_in_one_line(
    repositories: RepositoryShelf,
) -> None:
    for command in (["install"], ["run", "--redis", "redis://localhost"]):
        outcome = watch(*command, repositories.get("base"))
        assert outcome.exit_code == 1
        assert outcome.stderr.startswith("butlery: ")
        assert outcome.stderr.count("\n") == 1


def test_redis_is_needed_and_its_url_is_checked(root: Path) -> None:
    assert watch("run", root).exit_code == 2
    assert "--redis" in watch("run", root).stderr
    outcome = watch("run", root, "--redis", "redis://:secret@x:port")
    assert outcome.exit_code == 1
    assert "cannot be understood" in outcome.stderr
    assert "secret" not in outcome.stderr


@contextmanager
def running(root: Path, redis: RedisServer) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "butlery", "watch", "run", str(root)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*command, "--redis", redis.url], stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


class Heard:
    """What arrives on the stream."""

    def __init__(self, stream: ChangeStream) -> None:
        self.messages: list[Any] = []
        self.stream = stream
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.stream.deliveries():
            if isinstance(event, Delivery):
                self.messages.append(event.message)

    def clear(self) -> None:
        self.messages.clear()

    def has(self, kind: type, **fields: object) -> bool:
        return any(
            isinstance(m, kind)
            and all(getattr(m, name) == value for name, value in fields.items())
            for m in list(self.messages)
        )


async def test_watcher_tells_what_changes_survives_and_ends_in_order(
    root: Path, redis: RedisServer, postgres: PostgresCluster
) -> None:
    registry = Registry.from_uri(str(root))
    identity = await registry.gate.identify()
    await registry.close()
    result = await asyncio.to_thread(watch, "install", root)
    assert result.exit_code == 0
    # So patient that only a farewell ends it soon, and no stall of the machine does.
    stream = ChangeStream(
        RedisTransport(redis.url), "server:test", "life", silence_seconds=20.0
    )
    await stream.open()
    heard = Heard(stream)
    await until(lambda: stream.live)
    with running(root, redis) as process:
        await until(lambda: heard.has(Covered, repository=identity), 20)
        await asyncio.to_thread(write, root, [register_run("watched/one")])
        await until(lambda: heard.has(Changed, definitions=True), 20)
        # The database cuts it off, and it finds its way back.
        heard.clear()
        name = database_of(root).rpartition("/")[2]
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{name}'"
        )
        await until(lambda: heard.has(Changed, everything=True), 20)
        heard.clear()
        await until(lambda: heard.has(Covered), 20)
        (watcher,) = (n for n in stream.publishers() if n.startswith("watcher:"))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
        # It has said farewell: nobody waits until it is silent for too long.
        await until(lambda: watcher not in stream.publishers(), 1.0)
        assert "silent-publisher" not in stream.counters.gaps
    await stream.close()
