"""Where files of a library are made, and how they come from there to their names.

A process may die between any two steps. What it leaves is in its workplace, or named
by it, and the next workplace sweeps it away. One lock, held only for moments, keeps
sweeping apart from the steps of those who live.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..manifest import MANIFEST_SUFFIX, SUFFIX, Manifest, encode_manifest
from .checking import CHECKED_SUFFIX

_WORK = ".work-"
_ALIVE = "lock"
_LOCK = ".lock"
_READ_ONLY = 0o444  # against accidents


class Workplaces:
    """All workplaces of one library.

    Parameters
    ----------
    folder
        Of the library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def new(self) -> Iterator[Path]:
        """Have a folder of one's own; it is gone in the end.

        Raises
        ------
        OSError
            If nothing can be written there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            with self._alone():
                self._sweep()
                work = Path(tempfile.mkdtemp(prefix=_WORK, dir=self._folder))
                stack.callback(shutil.rmtree, work, ignore_errors=True)
                alive = stack.enter_context((work / _ALIVE).open("w"))
                fcntl.flock(alive, fcntl.LOCK_EX)
            yield work

    @contextmanager
    def publishing(self, file: Path, manifest: Manifest) -> Iterator[None]:
        """Move a file to its name before the context, and its manifest after it."""
        unnamed = file.parent / (manifest.name + MANIFEST_SUFFIX)
        unnamed.write_bytes(encode_manifest(manifest))
        for path in (file, unnamed):
            path.chmod(_READ_ONLY)
            synced(path)
        with self._alone():
            file.replace(self._folder / (manifest.name + SUFFIX))
            yield
            unnamed.replace(self._folder / unnamed.name)
        synced(self._folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        for work in self._folder.glob(f"{_WORK}*"):
            if not _is_alive(work):
                self._sweep_half_published(work)
                shutil.rmtree(work, ignore_errors=True)

    def _sweep_half_published(self, work: Path) -> None:
        """Remove a file whose maker died before its manifest had its name."""
        for unnamed in work.glob(f"*{MANIFEST_SUFFIX}"):
            if not (self._folder / unnamed.name).exists():
                name = unnamed.name.removesuffix(MANIFEST_SUFFIX)
                for suffix in (SUFFIX, CHECKED_SUFFIX):
                    (self._folder / (name + suffix)).unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Have the disk keep what was written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_alive(work: Path) -> bool:
    try:
        with (work / _ALIVE).open("r") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # died before it had a lock
    return False
