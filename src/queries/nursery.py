"""Forks workers that have daf_butler imported already: in milliseconds, not seconds.

The nursery itself has one thread and opens neither a database nor a repository, so
that nothing is shared that must not be. It ends with the web process, and all of its
workers with it. Only it ends workers, by their number: it alone knows whether a process
id is still theirs.
"""

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
from typing import Never

from ..protocol.query_work import COMMAND, END, FORK
from .life import Life

_REAP_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1
_NICENESS = 10


class Nursery:
    """The parent of the workers of one web process.

    Parameters
    ----------
    commands
        Where the web process says what to do.
    life
        Of each worker.
    """

    def __init__(self, commands: socket.socket, life: Life) -> None:
        self._commands = commands
        self._life = life
        self._processes: dict[int, int] = {}

    def run(self) -> None:
        """Do what is commanded until nobody is left who could command."""
        # Those who stop a server signal all of its processes; queries under way may
        # end before, and the end of the web process is the end of this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _import_all()
        gc.collect()
        gc.freeze()  # pages that no collection writes to stay shared
        try:
            while self._obey():
                self._reap()
        finally:
            for number in list(self._processes):
                self._end(number)

    def _obey(self) -> bool:
        ready, _, _ = select.select([self._commands], [], [], _REAP_SECONDS)
        if not ready:
            return True
        try:
            data, descriptors, *_ = socket.recv_fds(self._commands, COMMAND.size, 1)
        except ConnectionError:
            return False
        if not data:
            return False
        command, number = COMMAND.unpack(data)
        if command == FORK:
            self._fork(number, *descriptors)
        elif command == END:
            self._end(number)
        return True

    def _fork(self, number: int, descriptor: int) -> None:
        nursery = os.getpid()
        try:
            process = os.fork()
        except OSError as error:  # no memory or no process is left, for now
            sys.stderr.write(f"no query worker can be forked: {error}\n")
            os.close(descriptor)  # by which the web process knows
            return
        if process == 0:
            self._commands.close()
            _work(descriptor, self._life, nursery)
        os.close(descriptor)
        self._processes[number] = process

    def _reap(self) -> None:
        for number, process in list(self._processes.items()):
            if os.waitpid(process, os.WNOHANG)[0]:
                del self._processes[number]

    def _end(self, number: int) -> None:
        """Kill a worker: what is listed is not reaped yet, and so no other process."""
        if number in self._processes:
            os.kill(self._processes[number], signal.SIGKILL)


def _work(descriptor: int, life: Life, nursery: int) -> Never:
    """Be a worker, and end without what the nursery would do at its end."""
    from .worker import Worker

    status = 1
    try:
        _end_with(nursery)
        _yield_to_lookups()
        with socket.socket(fileno=descriptor) as connection:
            Worker(connection, life).run()
        status = 0
    finally:
        os._exit(status)


def _end_with(nursery: int) -> None:
    """Let the system kill this process when the nursery is killed, where it can.

    Nobody else could end a worker that waits for its database.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:  # it was killed before that
        raise SystemExit


def _yield_to_lookups() -> None:
    """Let the web process have a processor before this one.

    A query takes seconds, a lookup a millisecond: where both want the same core, the
    lookup's wait would be many times its work, while the query hardly notices. As batch
    work it also does not interrupt others when the database has sent it something.
    """
    os.nice(_NICENESS)
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _import_all() -> None:
    """Import what workers need, so that none of them has to."""
    import lsst.daf.butler.remote_butler.server_models
    import sqlalchemy.dialects.postgresql.psycopg
    import sqlalchemy.dialects.sqlite

    from . import worker

    del lsst, sqlalchemy, worker
