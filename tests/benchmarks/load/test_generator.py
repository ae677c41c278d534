"""The generator against servers whose faults are known."""

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator

import msgspec

from benchmarks.load.check import running_floor
from benchmarks.load.figures import Figures
from benchmarks.load.generator import Plan, measure
from benchmarks.load.requests import Request, Target

PLAN = Plan(connections=3, seconds=0.2, warmup_seconds=0.05, grace_seconds=0.2)
QUESTIONS = [Request("GET", f"/{number}") for number in range(10)]
SLOW_SECONDS = 0.02
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


@contextlib.contextmanager
def answering(
    answer: bytes, *, close: bool = False, turn: threading.Semaphore | None = None
) -> Iterator[Target]:
    """Answer every request with the same bytes, perhaps slowly, and perhaps hang up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(65536):
                if turn is not None:
                    with turn:
                        time.sleep(SLOW_SECONDS)
                self.request.sendall(answer)
                if close:
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Target("127.0.0.1", server.server_address[1])
        server.shutdown()
        thread.join()


def load(target: Target, plan: Plan = PLAN) -> Figures:
    return measure(target, [target.encode(question) for question in QUESTIONS], plan)


def test_floor_answers_every_request() -> None:
    with running_floor() as (target, pid):
        figures = load(target, msgspec.structs.replace(PLAN, server_pid=pid))
    assert figures.requests > 100
    assert figures.errors == 0
    assert 0 < figures.p50_ms <= figures.p99_ms < 1000


def test_generator_can_send_more_than_the_floor_needs() -> None:
    with running_floor() as (target, _):
        figures = load(target)
    # No Python web framework comes near: the margin is for a busy machine.
    assert figures.generator_limit > 10_000


def test_rate_of_a_slow_server_is_what_it_answers() -> None:
    # One after the other, each after a while: an answer takes as long as all before.
    plan = Plan(connections=8, seconds=0.5, warmup_seconds=0.5, grace_seconds=1.0)
    with answering(OK, turn=threading.Semaphore()) as target:
        figures = load(target, plan)
    assert figures.errors == 0
    assert 0.6 / SLOW_SECONDS < figures.requests_per_second < 1.01 / SLOW_SECONDS


def test_good_answers_are_no_errors() -> None:
    with answering(OK) as target:
        figures = load(target)
    assert figures.requests > 0
    assert figures.errors == 0


def test_answers_that_are_not_2xx_are_errors() -> None:
    with answering(OK.replace(b"200", b"422")) as target:
        figures = load(target)
    assert figures.requests == 0
    assert figures.errors > 0


def test_short_answers_are_errors() -> None:
    with answering(OK[:-1], close=True) as target:
        figures = load(target)
    assert figures.requests == 0
    assert figures.errors > 0


def test_answers_with_more_than_they_announce_are_errors() -> None:
    with answering(OK + b"!") as target:
        figures = load(target)
    assert figures.requests == 0
    assert figures.errors > 0


def test_server_that_hangs_up_politely_is_called_again() -> None:
    polite = OK.replace(b"content", b"connection: close\r\ncontent")
    with answering(polite, close=True) as target:
        figures = load(target)
    assert figures.requests > PLAN.connections
    assert figures.errors == 0


def test_requests_left_without_an_answer_are_errors() -> None:
    with answering(b"") as target:
        figures = load(target)
    assert (figures.requests, figures.errors) == (0, PLAN.connections)


def test_server_that_is_not_there_is_an_error() -> None:
    with answering(OK) as target:
        pass
    figures = load(target)
    assert figures.requests == 0
    assert figures.errors > 0
