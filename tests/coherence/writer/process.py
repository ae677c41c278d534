"""The test's end of the writing process."""

import atexit
import json
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .commands import Command

_TOP = Path(__file__).parents[3]
_PATIENCE_SECONDS = 60.0


class Writer:
    """One process that writes into one repository."""

    def __init__(self, repository: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __package__, str(repository)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=_TOP,
        )
        atexit.register(self.kill)
        self._read()

    def do(self, commands: Sequence[Command]) -> None:
        """Return when the last command is committed."""
        self.send(commands)
        self._read()

    def send(self, commands: Sequence[Command]) -> None:
        """Return at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(commands).encode() + b"\n")

    def kill(self) -> None:
        """Kill the process wherever it is."""
        atexit.unregister(self.kill)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        ready, _, _ = select.select([output], [], [], _PATIENCE_SECONDS)
        if not ready:
            raise TimeoutError("the writing process does not answer")
        line = output.readline()
        if not line:
            raise RuntimeError("the writing process ended")
        if (problem := json.loads(line)) is not None:
            raise RuntimeError(f"the writing process failed:\n{problem}")
