"""A server over a database, of which any process may be killed and comes back."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.queries.serving import nursery_of, serve, workers_of
from tests.support.postgres import PostgresCluster
from tests.support.postgres_process import is_alive, wait_until
from tests.support.servers import ButleryServer


class Stage:
    """A web process, its query workers and its database.

    Parameters
    ----------
    folder
        Of the server's settings.
    root
        Of the repository.
    postgres
        Its database.
    queries
        Settings of the queries.
    """

    def __init__(
        self, folder: Path, root: Path, postgres: PostgresCluster, queries: str
    ) -> None:
        self._settings = folder / "server.toml"
        self._postgres = postgres
        self._seen: set[psutil.Process] = set()
        self.server = serve(folder, {"repo": root}, queries)
        self.port = self.server.port

    def kill(self, what: str, chance: random.Random) -> None:
        """Kill one of the processes; the web process and the database come back."""
        self._look()
        kinds: dict[str, Callable[[random.Random], None]] = {
            "worker": self._kill_worker,
            "workers": self._kill_workers,
            "nursery": self._kill_nursery,
            "database": self._kill_database,
            "server": self._kill_server,
        }
        kinds[what](chance)
        self._look()

    def end(self) -> None:
        """Stop the server; see that nothing of it or of its predecessors is left."""
        self._look()
        self.server.stop()
        self.expect_no_orphans()

    def expect_no_orphans(self) -> None:
        """Wait until only the processes of the server that runs are there."""
        wait_until("end of orphans", lambda: not self._orphans())

    def _orphans(self) -> list[psutil.Process]:
        ours: set[psutil.Process] = set()
        if self.server.process.poll() is None:
            ours = set(psutil.Process(self.server.process.pid).children(recursive=True))
        return [each for each in self._seen - ours if is_alive(each)]

    def _look(self) -> None:
        with suppress(psutil.NoSuchProcess):
            web = psutil.Process(self.server.process.pid)
            self._seen |= set(web.children(recursive=True))

    def _kill_worker(self, chance: random.Random) -> None:
        with suppress(psutil.NoSuchProcess):
            if workers := workers_of(self.server):
                chance.choice(workers).kill()

    def _kill_workers(self, _: random.Random) -> None:
        with suppress(psutil.NoSuchProcess):
            for worker in workers_of(self.server):
                worker.kill()

    def _kill_nursery(self, _: random.Random) -> None:
        with suppress(psutil.NoSuchProcess):
            if nursery := nursery_of(self.server):
                nursery.kill()

    def _kill_database(self, chance: random.Random) -> None:
        self._postgres.kill()
        time.sleep(chance.uniform(0, 0.5))
        self._postgres.restart()

    def _kill_server(self, chance: random.Random) -> None:
        """Kill the web process alone: its children have to notice by themselves."""
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()
        time.sleep(chance.uniform(0, 0.3))
        self.server = ButleryServer.start(
            self._settings, label=self.server.label, port=self.port
        )
