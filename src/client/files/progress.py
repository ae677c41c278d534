"""How far downloads have come: what is counted, and who is told."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

_SECONDS_BETWEEN = 0.1


class Progress(msgspec.Struct, frozen=True):
    """How far downloads have come.

    Parameters
    ----------
    files, files_done
        How many there are, and how many are over, well or not.
    bytes_done
        That are on disk, also from earlier runs; less than before, if something had
        to begin anew.
    bytes
        Of all files; `None` if one's size is unknown.
    """

    files: int
    files_done: int
    bytes_done: int
    bytes: int | None


Watcher: TypeAlias = Callable[[Progress], None]
"""Is told now and then, and at the end; by any thread, one at a time."""


class Tally:
    """Counts for a watcher.

    Parameters
    ----------
    files
        How many there are.
    size
        Of all together, if known.
    watcher
        Who is told; `None` for nobody.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        files: int,
        size: int | None,
        watcher: Watcher | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = Progress(files, 0, 0, size)
        self._watcher = watcher
        self._clock = clock
        self._told = float("-inf")
        self._lock = threading.Lock()

    def moved(self, count: int) -> None:
        """Take note of more bytes, or of less."""
        self._change(0, count)

    def ended(self) -> None:
        """Take note that a file is over."""
        self._change(1, 0)

    def _change(self, files: int, count: int) -> None:
        if self._watcher is None:
            return
        with self._lock:
            now = self._now
            self._now = Progress(
                now.files, now.files_done + files, now.bytes_done + count, now.bytes
            )
            is_end = self._now.files_done == now.files
            if is_end or self._clock() - self._told >= _SECONDS_BETWEEN:
                self._told = self._clock()
                self._watcher(self._now)


class Bar:
    """Shows progress in a terminal or a notebook, as rich does."""

    def __init__(self) -> None:
        from rich import progress

        self._shown: Any = progress.Progress(
            progress.TextColumn("{task.fields[files]} files"),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
        )
        self._task = self._shown.add_task("", total=None, files="")

    def __call__(self, now: Progress) -> None:
        """Show how far it is."""
        self._shown.start()
        self._shown.update(
            self._task,
            completed=now.bytes_done,
            total=now.bytes,
            files=f"{now.files_done}/{now.files}",
        )
        if now.files_done == now.files:
            self.close()

    def close(self) -> None:
        """Leave it as it is."""
        self._shown.stop()
