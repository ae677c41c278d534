"""Processes that work on indexes until they are killed, or say how it ended."""

import multiprocessing
import os
import random
import resource
import signal
import time
from collections.abc import Callable

_fork = multiprocessing.get_context("fork")


def kill_at_some_moment(
    work: Callable[[], object], chance: random.Random, most_seconds: float
) -> None:
    """Let a process repeat some work, and kill it while it does."""
    begun = _fork.Event()

    def repeat() -> None:
        begun.set()
        while True:
            work()

    process = _fork.Process(target=repeat)
    process.start()
    assert begun.wait(30)
    time.sleep(chance.uniform(0, most_seconds))
    assert process.pid is not None
    assert process.is_alive(), "the work has failed"
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert process.exitcode == -signal.SIGKILL


def outcome_with_file_limit(work: Callable[[], object], limit: int) -> str:
    """Return the error of some work in a process whose files cannot grow beyond."""

    def limited() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))

    return _outcome(work, limited)


def outcome(work: Callable[[], object]) -> str:
    """Return the error of some work in a process of its own."""
    return _outcome(work, lambda: None)


def _outcome(work: Callable[[], object], prepare: Callable[[], None]) -> str:
    receiver, sender = _fork.Pipe(duplex=False)

    def run() -> None:
        # Files that pytest captures in must not be met by the limit.
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        prepare()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is is told
            sender.send(f"{isinstance(error, OSError)} {type(error).__name__} {error}")
        else:
            sender.send("")

    process = _fork.Process(target=run)
    process.start()
    assert receiver.poll(60)
    text: str = receiver.recv()
    process.join(30)
    return text
