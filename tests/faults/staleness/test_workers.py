"""A client that sends revisions back is never answered from an older one.

Workers of one server are told of changes by one poller, each in its own time.
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from butlery.cache import Repository
from butlery.cache.revision import Revision
from butlery.registry import Contents
from tests.coherence.places import database_of
from tests.coherence.test_workers import _one_each
from tests.coherence.watching.requests import Connection
from tests.faults.conftest import Report
from tests.faults.staleness.stage.opening import open_inside
from tests.faults.staleness.stage.users import Users
from tests.support.servers import ButleryServer

_NAME = "s/run/0"
_WRITES_PER_SECOND = 25.0
_ATTEMPTS = 5
_SECONDS, _SOAK_SECONDS = 2.0, 60.0


def test_revisions_sent_back_keep_two_workers_from_going_backwards(
    root: Path, report: Report, *, soak: bool
) -> None:
    url = database_of(root)
    Users(url, 1)
    server = ButleryServer.start(root, arguments=["--workers=2"])
    answers = refused = backwards = 0
    shown, revision = 0, ""
    try:
        with _counting(url), _one_of_each(server) as connections:
            ended = time.monotonic() + (_SOAK_SECONDS if soak else _SECONDS)
            while time.monotonic() < ended:
                for connection in connections:
                    status, number, newer = _ask(connection, server, revision)
                    if status == 503:
                        refused += 1
                        continue
                    assert status == 200
                    assert not revision or _is_reached(revision, newer)
                    backwards += number < shown
                    answers, shown, revision = answers + 1, number, newer
    finally:
        server.stop()
    report(
        f"two workers: {answers} answers in order of revisions, {refused} refused; "
        f"{backwards} of them showed less than one before"
    )
    assert answers > 20
    assert shown > 0


@pytest.mark.anyio
async def test_revision_of_an_answer_covers_all_that_the_answer_shows(
    closing_stack: AsyncExitStack, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit between the look at the gate and the reading of definitions."""
    url = database_of(root)
    Users(url, 1)
    first, second = [
        (await open_inside(closing_stack, name, root, poll_seconds=60)).repository
        for name in ("first", "second")
    ]
    _document(url, "old")
    gate = first.registry.gate
    read = gate.read_contents

    async def read_after_a_commit(previous: Contents | None) -> Contents:
        await asyncio.to_thread(_document, url, "new")
        return await read(previous)

    monkeypatch.setattr(gate, "read_contents", read_after_a_commit)
    await second.keeper.check()
    await first.keeper.check()
    assert (_shown(first), _shown(second)) == ("new", "old")
    await second.keeper.reach(first.keeper.revision)
    assert _shown(second) == "new"


def _shown(repository: Repository) -> str | None:
    return repository.keeper.snapshot.collections.get(_NAME).doc


def _document(url: str, doc: str) -> None:
    sql = "UPDATE collection SET doc = %s WHERE name = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql, (doc, _NAME))


def _is_reached(older: str, newer: str) -> bool:
    return Revision.parse(older).is_reached_by(Revision.parse(newer))


def _ask(
    connection: Connection, server: ButleryServer, revision: str
) -> tuple[int, int, str]:
    """Return the status, the number that a collection's doc is, and the revision."""
    path = f"/api/butler/repo/{server.label}/v1/collection_info"
    query = f"?name={quote(_NAME, safe='')}&include_doc=true"
    headers = {"Butlery-At-Least": revision} if revision else {}
    http = connection._connection
    http.request("GET", path + query, headers=headers)
    response = http.getresponse()
    body = json.loads(response.read())
    number = int(body["doc"] or 0) if response.status == 200 else -1
    return response.status, number, response.getheader("Butlery-Revision") or ""


@contextmanager
def _one_of_each(server: ButleryServer) -> Iterator[list[Connection]]:
    """Open a connection to each worker; look again if a process ended meanwhile."""
    with ExitStack() as stack:
        for _ in range(_ATTEMPTS):
            with suppress(psutil.NoSuchProcess):
                yield stack.enter_context(_one_each(server))
                return
        pytest.fail("the workers cannot be found")


@contextmanager
def _counting(url: str) -> Iterator[None]:
    """Write growing numbers while the context lasts."""
    ended = threading.Event()

    def count() -> None:
        sql = "UPDATE collection SET doc = %s WHERE name = %s"
        with psycopg.connect(url, autocommit=True) as connection:
            number = 0
            while not ended.wait(1 / _WRITES_PER_SECOND):
                number += 1
                connection.execute(sql, (str(number), _NAME))

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)
