"""A real PostgreSQL for tests: started, broken and mended at will.

One object is one server process tree with its own data directory, port and
log, reached over TCP on the loopback without passwords. It outlives neither
its `stop` nor the Python process. Durability is switched off: a cluster
survives the death of its processes, not of the machine.
"""

import atexit
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import psycopg
from psycopg import sql as psycopg_sql

from .postgres_process import PostgresProcess, wait_until
from .postgres_programs import make_directory, run_program

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
_SETTINGS = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "16MB",
        "max_connections": "100",
        "wal_level": "replica",
        "hot_standby": "on",
        "max_wal_senders": "10",
        "wal_keep_size": "64MB",
        "wal_receiver_status_interval": "1s",
        "wal_retrieve_retry_interval": "200ms",
        "autovacuum_naptime": "1h",  # tests that want a vacuum ask for one
        "timezone": "UTC",
    }
)


class PostgresCluster:
    """One PostgreSQL server; make it with `start`."""

    host = "127.0.0.1"

    def __init__(self, home: Path, primary: "PostgresCluster | None" = None) -> None:
        self.port = free_port()
        self._home = home
        self._primary = primary
        self._standbys: list[PostgresCluster] = []
        self._process = PostgresProcess(home, self.port, self._answers)

    @classmethod
    def start(
        cls,
        directory: Path | None = None,
        *,
        settings: Mapping[str, str] = _NO_SETTINGS,
    ) -> Self:
        """Make a new cluster, below `directory` if given, and start it."""
        cluster = cls(make_directory(directory))
        atexit.register(cluster.stop)
        data = cluster._process.data
        run_program(
            "initdb",
            *("--username=postgres", "--auth=trust", "--encoding=UTF8"),
            *("--no-locale", "--no-sync", "--no-instructions", f"--pgdata={data}"),
        )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            for name, value in {**_SETTINGS, **settings}.items():
                file.write(f"{name} = '{value}'\n")
        cluster._process.launch()
        return cluster

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@{self.host}:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Create a database that a Butler registry can live in; return its URL."""
        self.execute(f'CREATE DATABASE "{name}"')
        self.execute("CREATE EXTENSION btree_gist", database=name)
        return self.url(name)

    def execute(
        self, sql: str, *, database: str = "postgres", user: str = "postgres"
    ) -> list[tuple[Any, ...]]:
        """Run statements on a connection of their own; return the last's rows."""
        url = self.url(database, user)
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(psycopg_sql.SQL(sql))
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def make_standby(self) -> "PostgresCluster":
        """Copy this cluster into a hot standby that streams from it."""
        standby = PostgresCluster(make_directory(self._home.parent), primary=self)
        atexit.register(standby.stop)
        self._standbys.append(standby)
        run_program(
            "pg_basebackup",
            *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"),
            *("--no-sync", f"--pgdata={standby._process.data}"),
            f"--dbname={self.url()}",
        )
        standby._process.launch()
        return standby

    def pause_replay(self) -> None:
        """Freeze what a standby shows. WAL still arrives, unseen."""
        self.execute("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until("paused replay", lambda: self.execute(state) == [("paused",)])

    def resume_replay(self) -> None:
        self.execute("SELECT pg_wal_replay_resume()")

    def wait_for_replay(self) -> None:
        """Return when a standby shows all that its primary has committed by now."""
        if self._primary is None:
            raise RuntimeError("only a standby replays: call make_standby() first")
        # Commits are asynchronous here; this flushes them to where a standby reads.
        mark = "SELECT pg_logical_emit_message(false, 'harness', '', true)::text"
        [(position,)] = self._primary.execute(mark)
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn"
        wait_until("replay", lambda: self.execute(reached) == [(True,)])

    def kill(self) -> None:
        """Kill the server and its children at once, as a crash would."""
        self._process.kill()

    def restart(self) -> None:
        """Start again on the same port, after `kill`, `halt` or while running."""
        self._process.halt()
        self._process.launch()

    def suspend(self) -> None:
        """Stop every process of the server in its tracks; connections stay open."""
        self._process.suspend()

    def resume(self) -> None:
        self._process.resume()

    def halt(self) -> None:
        """Shut down in order, cutting all connections. The data stay."""
        self._process.halt()

    def stop(self) -> None:
        """Shut down, standbys first, and remove the data."""
        for standby in self._standbys:
            standby.stop()
        self.halt()
        shutil.rmtree(self._home, ignore_errors=True)
        atexit.unregister(self.stop)

    def log_text(self) -> str:
        return self._process.log.read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            return self.execute("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


def free_port() -> int:
    """Find a TCP port that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
