"""The process that forks query workers, as the web process sees it.

Begun with the first query: what imports nothing costs nothing. One that ends is begun
again when the next worker is needed.
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from itertools import count

import structlog

from ...protocol.query_work import COMMAND, END, FORK
from ..config import QuerySettings
from .worker import Worker, WorkerLostError

_ATTEMPTS = 2
_END_SECONDS = 5.0
# Threads of libraries would be lost in the forks.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)

_logger = structlog.get_logger("butlery.server.queries")


class Nursery:
    """Forks workers and ends them.

    Parameters
    ----------
    settings
        Of the workers.
    """

    def __init__(self, settings: QuerySettings) -> None:
        self._arguments = _arguments(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._commands: socket.socket | None = None
        self._numbers = count(1)

    async def fork(self) -> Worker:
        """Return a new worker.

        Raises
        ------
        WorkerLostError
            If none comes to life.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            number = next(self._numbers)
            try:
                return await Worker.connect(number, self._command_fork(number))
            except (WorkerLostError, OSError) as error:
                _logger.warning("query-worker-not-forked", error=str(error))
                self.end(number)
                if attempt == _ATTEMPTS:
                    raise WorkerLostError("no query worker can be started") from error
            except BaseException:
                self.end(number)
                raise
        raise AssertionError  # the last attempt returns or raises

    def end(self, number: int) -> None:
        """Kill a worker, whatever it does; its database connection ends with it."""
        if self._commands is not None:
            with contextlib.suppress(OSError):
                self._commands.send(COMMAND.pack(END, number))

    def close(self) -> None:
        """End the nursery and all workers."""
        self._discard()

    def _command_fork(self, number: int) -> socket.socket:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._commands is not None  # noqa: S101 - told to mypy
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(
                    self._commands, [COMMAND.pack(FORK, number)], [theirs.fileno()]
                )
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        return ours

    def _start(self) -> None:
        self._discard()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this program
                [
                    *(sys.executable, "-m", "butlery.queries", str(theirs.fileno())),
                    *self._arguments,
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**_ONE_THREAD, **os.environ},
            )
        self._commands = ours
        _logger.info("query-nursery-started", process=self._process.pid)

    def _discard(self) -> None:
        if self._commands is not None:
            self._commands.close()
            self._commands = None
        if self._process is not None:
            try:
                self._process.wait(0 if self._process.poll() is not None else 0.2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(_END_SECONDS)
            self._process = None


def _arguments(settings: QuerySettings) -> Sequence[str]:
    return (
        f"--statement-timeout-seconds={settings.statement_timeout_seconds}",
        f"--worker-queries={settings.worker_queries}",
        f"--worker-bytes={settings.worker_bytes}",
    )
