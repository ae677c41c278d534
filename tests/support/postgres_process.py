"""One PostgreSQL server process with its children: launched, frozen, killed.

Each child leads a process group of its own, so signals go to every process by
number, the parent first: frozen, it makes no more children.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from .postgres_programs import start_program

_PATIENCE_SECONDS = 60.0


class PostgresProcess:
    """The processes over one data directory; may be launched many times."""

    def __init__(self, home: Path, port: int, is_ready: Callable[[], bool]) -> None:
        self.data = home / "data"
        self.log = home / "log"
        self._home = home
        self._port = port
        self._is_ready = is_ready
        self._parent: subprocess.Popen[bytes] | None = None
        self._suspended: list[psutil.Process] = []

    def launch(self) -> None:
        """Start, and return when the server takes connections."""
        arguments = ["-D", str(self.data), "-k", str(self._home)]
        with self.log.open("ab") as log:
            command = [*arguments, "-p", str(self._port)]
            self._parent = start_program("postgres", command, log)
        wait_until("a connection", self._is_up)

    def kill(self) -> None:
        """Kill parent and children at once, as a crash would."""
        processes = self._freeze()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._suspended = []
        self._reap()
        wait_until("end", lambda: not any(is_alive(process) for process in processes))

    def suspend(self) -> None:
        """Stop every process in its tracks; connections stay open."""
        self._suspended = self._freeze()

    def resume(self) -> None:
        for process in self._suspended:
            with suppress(psutil.NoSuchProcess):
                process.resume()
        self._suspended = []

    def halt(self) -> None:
        """Shut down in order, cutting all connections."""
        if self._parent is None:
            return
        self.resume()
        self._parent.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        try:
            self._parent.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reap()

    def _is_up(self) -> bool:
        if self._parent is None or self._parent.poll() is not None:
            text = self.log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"PostgreSQL ended:\n{text[-3000:]}")
        return self._is_ready()

    def _freeze(self) -> list[psutil.Process]:
        if self._parent is None or self._parent.poll() is not None:
            return []
        parent = psutil.Process(self._parent.pid)
        parent.suspend()
        children: list[psutil.Process] = parent.children(recursive=True)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.suspend()
        return [parent, *children]

    def _reap(self) -> None:
        if self._parent is not None:
            self._parent.wait(20)
            self._parent = None


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it still runs: a zombie waits only for its parent to look."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until(what: str, is_so: Callable[[], bool]) -> None:
    """Poll until something is so, or raise `TimeoutError` naming it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {_PATIENCE_SECONDS:g} s")
        time.sleep(0.02)
