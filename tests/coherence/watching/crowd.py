"""Several clients that ask without a pause while something goes wrong."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from threading import Event, Lock

from tests.support.servers import ButleryServer

from .requests import Connection, Reply, Request

_PAUSE_SECONDS = 0.002  # leaves the machine some time for those who are watched


class Crowd:
    """What a crowd was told; grows until its context ends."""

    def __init__(self, server: ButleryServer, requests: Sequence[Request]) -> None:
        self.replies: list[Reply] = []
        self._server = server
        self._requests = requests
        self._is_over = Event()
        self._lock = Lock()

    def wrong(self) -> list[Reply]:
        """Return the replies that are neither an answer nor an honest refusal."""
        return [r for r in self.replies if r.status != 200 and not r.is_unavailable]

    def never_went_back(self, version: Callable[[Reply], int]) -> None:
        """See that no reply is older than one that came before it was asked for."""
        asked = sorted(self.replies, key=lambda reply: reply.asked_at)
        came = deque(sorted(self.replies, key=lambda reply: reply.came_at))
        newest = 0
        for reply in asked:
            while came[0].came_at < reply.asked_at:
                newest = max(newest, version(came.popleft()))
            assert version(reply) >= newest, (newest, reply)

    def _ask(self, offset: int) -> None:
        order = [*self._requests[offset:], *self._requests[:offset]]
        with Connection(self._server) as connection:
            for request in cycle(order):
                if self._is_over.is_set():
                    return
                reply = connection.send(request)
                with self._lock:
                    self.replies.append(reply)
                time.sleep(_PAUSE_SECONDS)


@contextmanager
def crowd(
    server: ButleryServer, requests: Sequence[Request], clients: int = 4
) -> Iterator[Crowd]:
    """Ask all the time while the context lasts; a broken connection is an error."""
    people = Crowd(server, requests)
    with ThreadPoolExecutor(clients) as threads:
        offsets = (number % len(requests) for number in range(clients))
        asking = [threads.submit(people._ask, offset) for offset in offsets]
        try:
            yield people
        finally:
            people._is_over.set()
    for each in asking:
        each.result()
