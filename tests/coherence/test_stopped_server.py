"""A server that was stopped in its tracks never answers from before its sleep.

Its poll could not run, so its lease has run out: the first answer is a fresh one,
also to a request that has waited in its socket all the time.
"""

import time
from pathlib import Path

import pytest

from tests.coherence.watching import requests
from tests.coherence.watching.requests import Connection
from tests.coherence.writer import Writer, given
from tests.support.servers import ButleryServer

_STOPPED_SECONDS = 4.0
_ROUNDS, _SOAK_ROUNDS = 1, 8
_RUN = "w/run"


def test_first_answer_after_a_sleep_shows_what_happened_meanwhile(
    postgres_repository: Path, *, soak: bool
) -> None:
    server = ButleryServer.start(postgres_repository)
    try:
        with Writer(postgres_repository) as writer:
            writer.do([given.register_run(_RUN)])
            for number in range(_SOAK_ROUNDS if soak else _ROUNDS):
                _sleep_through(server, writer, f"written in round {number}")
                time.sleep(0.13 * number)  # another phase of the poll
    finally:
        server.stop()


def _sleep_through(server: ButleryServer, writer: Writer, doc: str) -> None:
    request = requests.collection(_RUN)
    with Connection(server) as waiting, Connection(server) as later:
        for connection in (waiting, later):
            assert connection.send(request).status in {200, 422}
        server.suspend()
        try:
            asked = time.monotonic()
            writer.do([given.document(_RUN, doc)])
            waiting.start(request)
            time.sleep(_STOPPED_SECONDS)
        finally:
            server.resume()
        replies = [later.send(request), waiting.finish(request, asked)]
    for reply in replies:
        if reply.status != 200 or reply.body["doc"] != doc:
            pytest.fail(f"an answer from before the sleep: {reply}")
