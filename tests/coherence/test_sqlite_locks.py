"""A writer locks the file of an SQLite repository: requests wait until it is done."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.coherence.places import DATA_SET
from tests.coherence.sqlite_scene import RUN, Scene, locked, open_scene
from tests.coherence.watching import requests
from tests.coherence.watching.crowd import crowd
from tests.support.repositories import RepositoryShelf

_LOCK_SECONDS = 1.0
_SHORT_LOCKS, _SHORT_LOCK_SECONDS = 20, 0.03


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    with open_scene(repositories.copy(DATA_SET)) as scene:
        yield scene


def test_requests_wait_for_the_lock_and_show_what_was_written(scene: Scene) -> None:
    with ThreadPoolExecutor() as threads:
        with locked(scene.database, "new"):
            replies = scene.ask_all(threads)
            time.sleep(_LOCK_SECONDS)
            assert not any(reply.done() for reply in replies)
        scene.are_right([reply.result() for reply in replies], "new")


def test_many_short_locks_do_no_harm_to_a_crowd(scene: Scene) -> None:
    """Nobody sees an older state than anybody saw before."""
    with locked(scene.database, "0"):
        pass
    with crowd(scene.server, scene.lookups()) as people:
        for number in range(1, _SHORT_LOCKS + 1):
            with locked(scene.database, str(number)):
                time.sleep(_SHORT_LOCK_SECONDS)
            assert scene.doc() == str(number)
    assert {reply.status for reply in people.replies} == {200}
    docs = requests.collection(RUN)
    people.replies = [reply for reply in people.replies if reply.request == docs]
    people.never_went_back(lambda reply: int(reply.body["doc"]))


def test_lock_that_lasts_too_long_is_refused_with_a_time_to_retry(
    scene: Scene, *, soak: bool
) -> None:
    if not soak:
        pytest.skip("waits for a request's deadline; run by make soak")
    with locked(scene.database, "late"), ThreadPoolExecutor() as threads:
        replies = [reply.result() for reply in scene.ask_all(threads)]
    assert all(reply.is_unavailable for reply in replies), replies
    assert scene.doc() == "late"
