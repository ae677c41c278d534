"""Real server processes for tests, one `python -m butlery serve` each.

A server that is not stopped is killed when Python ends. Its output goes to a
file, and its tail into the error when it does not come up.
"""

import atexit
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from lsst.daf.butler import Butler

from .postgres import free_port

HOST = "127.0.0.1"
TOKEN_VARIABLE = "BUTLER_RUBIN_ACCESS_TOKEN"
_PATIENCE_SECONDS = 20.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


class ButleryServer:
    """One server process over one repository; make it with `start`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port = 0
        self.label = ""
        self.process = process
        self._log = log

    @classmethod
    def start(
        cls,
        repository: Path,
        *,
        label: str = "repo",
        port: int | None = None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] = _NOTHING,
        config: Path | None = None,
    ) -> Self:
        """Start a server and return when `GET /` answers 200."""
        port = port or free_port()
        descriptor, log = tempfile.mkstemp(prefix="butlery-", suffix=".log")
        command = [sys.executable, "-m", "butlery", "serve", str(repository)]
        command += ["--host", HOST, "--port", str(port)]
        command += [] if repository.suffix == ".toml" else ["--label", label]
        command += ["--config", str(config)] if config is not None else []
        # Kept until Python ends: a test may read it after the server's end.
        atexit.register(Path(log).unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb") as output:
            process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
            )
        server = cls(process, Path(log))
        server.port, server.label = port, label
        atexit.register(server.kill)
        server._wait()
        return server

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def repository_url(self) -> str:
        return f"{self.url}/api/butler/repo/{self.label}"

    def butler(self, **options: Any) -> Butler:
        """Open the repository with the stock client."""
        os.environ.setdefault(TOKEN_VARIABLE, "token-of-the-tests")
        return Butler.from_config(self.repository_url(), **options)

    def log_text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask the server to end, as a service manager does, and wait for it."""
        if self.process.poll() is None:
            self.resume()
            self.process.terminate()
            try:
                self.process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                message = f"no end after SIGTERM:\n{self.log_text()[-4000:]}"
                raise TimeoutError(message) from None
        self._forget()

    def kill(self) -> None:
        """Kill the server and its workers at once."""
        self._signal(signal.SIGKILL)
        self.process.wait(_PATIENCE_SECONDS)
        self._forget()

    def suspend(self) -> None:
        """Stop the server and its workers in their tracks."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        # The group may outlive its leader: workers of a killed server.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _forget(self) -> None:
        atexit.unregister(self.kill)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                reason = "ended" if ended else "did not answer"
                raise RuntimeError(f"butlery {reason}:\n{self.log_text()[-4000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
