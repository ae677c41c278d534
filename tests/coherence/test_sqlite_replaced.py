"""The file of an SQLite repository gives way to another, under a running server."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.coherence.places import DATA_SET
from tests.coherence.sqlite_scene import TYPE, Scene, open_scene
from tests.coherence.watching import requests
from tests.coherence.watching.crowd import crowd
from tests.coherence.writer import given
from tests.support.repositories import RepositoryShelf

_LATER = "w/later"
_REPLACEMENTS = 20
_PATIENCE = 50
_AWAY_SECONDS = 1.0


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    with open_scene(repositories.copy(DATA_SET)) as scene:
        yield scene


def test_replaced_file_is_noticed_by_the_next_request(scene: Scene) -> None:
    """An older and a newer copy take turns, while others ask for what both have."""
    older, newer = scene.root / "older", scene.root / "newer"
    id_, put = given.put(TYPE, _LATER, given.DETECTOR)
    shutil.copy(scene.database, older)
    given.write(scene.root, [given.register_run(_LATER), put])
    shutil.copy(scene.database, newer)
    asked = [
        requests.collection(_LATER),
        requests.find(TYPE, given.DETECTOR, _LATER),
        requests.dataset(id_),
    ]
    with crowd(scene.server, scene.lookups()) as people:
        for number in range(_REPLACEMENTS):
            is_newer = number % 2 == 1
            _replace(scene.database, newer if is_newer else older)
            turn = number % len(asked)  # a different request comes first each time
            for request in asked[turn:] + asked[:turn]:
                body = scene.connection.send(request).body
                is_seen = body.get("name") == _LATER or id_ in str(body)
                assert is_seen == is_newer, (number, request, body)
    assert not people.wrong()
    assert {reply.status for reply in people.replies} == {200}


def test_replaced_files_are_not_kept_open(scene: Scene) -> None:
    copy, doc = scene.root / "copy", scene.doc()
    shutil.copy(scene.database, copy)
    with crowd(scene.server, scene.lookups()):
        for _ in range(_REPLACEMENTS):
            _replace(scene.database, copy)
            assert scene.doc() == doc
    assert scene.doc() == doc
    for _ in range(_PATIENCE):  # a thread closes each, soon
        if not _nameless_files(scene):
            return
        time.sleep(0.1)
    raise AssertionError(_nameless_files(scene))


def test_missing_file_is_waited_for(scene: Scene) -> None:
    away, doc = scene.root / "away", scene.doc()
    scene.database.rename(away)
    with ThreadPoolExecutor() as threads:
        replies = scene.ask_all(threads)
        time.sleep(_AWAY_SECONDS)
        away.rename(scene.database)
        scene.are_right([reply.result() for reply in replies], doc)


def _nameless_files(scene: Scene) -> list[str]:
    links = Path(f"/proc/{scene.server.process.pid}/fd")
    if not links.exists():
        pytest.skip("this system does not show open files that have no name")
    names = [str(link.readlink()) for link in links.iterdir() if link.is_symlink()]
    return [name for name in names if name.endswith("(deleted)")]


def _replace(database: Path, copy: Path) -> None:
    """Put a copy of a file in the place of the database in one move."""
    new = database.with_name("new")
    shutil.copy(copy, new)
    new.replace(database)
