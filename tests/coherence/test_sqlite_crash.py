"""A writer dies in the middle of an SQLite transaction: nothing of it is ever seen."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.coherence.places import DATA_SET
from tests.coherence.sqlite_scene import RUN, TYPE, Scene, open_scene
from tests.coherence.watching import requests
from tests.coherence.watching.crowd import crowd
from tests.coherence.writer import Writer, given
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_TOP = Path(__file__).parents[2]
_LATER = "w/later"
_PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    with open_scene(repositories.copy(DATA_SET)) as scene:
        yield scene


def test_running_server_rolls_a_hot_journal_back(scene: Scene) -> None:
    committed, doc = scene.database.read_bytes(), scene.doc()
    with ThreadPoolExecutor() as threads:
        with _unfinished(scene):
            changed = scene.database.read_bytes()[: len(committed)]
            assert changed != committed, "nothing was written over"
            replies = scene.ask_all(threads)
        scene.are_right([reply.result() for reply in replies], doc)
    given.write(scene.root, [given.document(RUN, "after the recovery")])
    assert scene.doc() == "after the recovery"


def test_starting_server_rolls_a_hot_journal_back(scene: Scene) -> None:
    copy, doc = scene.root.with_name(f"{scene.root.name}-hot"), scene.doc()
    with _unfinished(scene):
        shutil.copytree(scene.root, copy)
    server = ButleryServer.start(copy)
    try:
        with requests.Connection(server) as connection:
            assert connection.send(requests.collection(RUN)).body["doc"] == doc
    finally:
        server.stop()


def test_direct_butler_killed_in_a_transaction_leaves_nothing(scene: Scene) -> None:
    id_, put = given.put(TYPE, _LATER, given.DETECTOR)
    with Writer(scene.root) as writer:
        writer.do([given.register_run(_LATER)])
        commands = [put, {"do": "pause", "seconds": 3600}]
        writer.send([{"do": "transaction", "commands": commands, "fail": False}])
        _wait_until(scene.journal.exists)
        with crowd(scene.server, scene.lookups()) as people:
            time.sleep(0.2)
            writer.kill()
            time.sleep(0.2)
    assert {reply.status for reply in people.replies} == {200}
    request = requests.dataset(id_)
    assert scene.connection.send(request).body == {"dataset_ref": None}
    given.write(scene.root, [put])
    assert id_ in str(scene.connection.send(request).body)


@contextmanager
def _unfinished(scene: Scene) -> Iterator[None]:
    """Leave a half-written file with a hot journal; its writer is killed at the end."""
    module = "tests.coherence.writer.unfinished"
    command = [sys.executable, "-m", module, str(scene.database), RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_TOP) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"unfinished\n"
            yield
        finally:
            process.kill()


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
