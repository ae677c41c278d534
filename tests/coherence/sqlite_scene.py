"""An SQLite repository with a server, whose file the tests ill-treat.

A scene serves several tests: each leaves it in order, with whatever documentation.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.coherence.watching import requests
from tests.coherence.watching.requests import Connection, Reply, Request
from tests.coherence.writer import given
from tests.support.servers import ButleryServer

RUN, TYPE = "w/run", "w_type"


@dataclass
class Scene:
    """A repository with a RUN and a dataset of its own, and its server."""

    root: Path
    server: ButleryServer
    connection: Connection
    id: str

    @property
    def database(self) -> Path:
        return self.root / "gen3.sqlite3"

    @property
    def journal(self) -> Path:
        return self.root / "gen3.sqlite3-journal"

    def lookups(self) -> list[Request]:
        """Return requests of every sort, that all succeed; the first shows the doc."""
        return [
            requests.collection(RUN),
            requests.dataset_type(TYPE),
            requests.dataset(self.id),
            requests.files(self.id),
            requests.find(TYPE, given.DETECTOR, RUN),
            requests.find_files(TYPE, given.DETECTOR, RUN),
        ]

    def doc(self) -> str:
        """Ask for the RUN's documentation."""
        reply = self.connection.send(requests.collection(RUN))
        assert reply.status == 200, reply
        return str(reply.body["doc"])

    def ask_all(self, threads: ThreadPoolExecutor) -> list[Future[Reply]]:
        """Send all lookups at once, each on a connection of its own."""

        def ask(request: Request) -> Reply:
            with Connection(self.server) as connection:
                return connection.send(request)

        replies = [threads.submit(ask, request) for request in self.lookups()]
        time.sleep(0.1)  # by now they are in the server
        return replies

    def are_right(self, replies: Sequence[Reply], doc: str) -> None:
        """See that the lookups all succeeded, and the first one shows a doc."""
        assert {reply.status for reply in replies} == {200}, replies
        assert replies[0].body["doc"] == doc
        assert all(self.id in str(reply.body) for reply in replies[2:]), replies


@contextmanager
def open_scene(root: Path) -> Iterator[Scene]:
    server = ButleryServer.start(root)
    id_, put = given.put(TYPE, RUN, given.DETECTOR)
    register = given.register_type(TYPE, *given.CAMERA)
    try:
        document = given.document(RUN, "at first")
        given.write(root, [given.register_run(RUN), document, register, put])
        with Connection(server) as connection:
            yield Scene(root, server, connection, id_)
    finally:
        server.stop()


@contextmanager
def locked(database: Path, doc: str) -> Iterator[None]:
    """Hold the exclusive lock; the RUN's new documentation is committed at the end."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 20000")  # readers come and go
        connection.execute("BEGIN EXCLUSIVE")
        statement = "UPDATE collection SET doc = ? WHERE name = ?"
        connection.execute(statement, (doc, RUN))
        yield
        connection.execute("COMMIT")
