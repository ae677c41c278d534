"""A folder of release indexes: publishing, checking, cleaning up.

A file appears under its name by one rename, after it was made and checked completely
elsewhere in the folder; its manifest appears last. What the check of a file's bytes
has found is remembered beside it, so that starting does not read gigabytes again.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from .manifest import (
    MANIFEST_SUFFIX,
    SUFFIX,
    Manifest,
    UnusableIndexError,
    digest_of,
    read_manifest,
    write_manifest,
)

_WORK = ".work-"
_LOCK = "lock"
_CHECKED_SUFFIX = ".checked"

Progress = Callable[[int], None]


class IndexLibrary:
    """Release indexes in one folder.

    Parameters
    ----------
    folder
        It is made when the first index is published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifests(self) -> tuple[list[Manifest], list[str]]:
        """Return the manifests of all indexes, the newest first, and what is wrong."""
        found: list[tuple[float, Manifest]] = []
        refused = []
        for path in sorted(self.folder.glob(f"*{MANIFEST_SUFFIX}")):
            try:
                found.append((path.stat().st_mtime, read_manifest(path)))
            except UnusableIndexError as error:
                refused.append(str(error))
            except OSError:
                continue  # removed meanwhile
        found.sort(key=lambda pair: pair[0], reverse=True)
        return [manifest for _, manifest in found], refused

    def path(self, manifest: Manifest) -> Path:
        """Return where an index's file is."""
        return self.folder / (manifest.name + SUFFIX)

    def verify(self, manifest: Manifest, progress: Progress = lambda _: None) -> None:
        """Read a file completely and compare it with its manifest.

        Raises
        ------
        UnusableIndexError
            If it is not, byte for byte, what was published.
        """
        path = self.path(manifest)
        self._checked(manifest).unlink(missing_ok=True)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                _require_size(manifest, status.st_size)
                digest = digest_of(file, progress)
        except OSError as error:
            raise UnusableIndexError(
                f"{path.name}: it cannot be read: {error}"
            ) from error
        if digest != manifest.digest:
            raise UnusableIndexError(
                f"{path.name}: its bytes are not those that were published; fetch it "
                "again, or build it again"
            )
        self._remember(manifest, status)

    def ensure_verified(self, manifest: Manifest) -> None:
        """Do the same, unless that has been done and the file was not touched since.

        Raises
        ------
        UnusableIndexError
            As `verify`.
        """
        try:
            status = self.path(manifest).stat()
            known = msgspec.json.decode(self._checked(manifest).read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            known = None
        if known is None or known != _state(manifest, status):
            self.verify(manifest)

    def _checked(self, manifest: Manifest) -> Path:
        return self.folder / (manifest.name + _CHECKED_SUFFIX)

    def _remember(self, manifest: Manifest, status: os.stat_result) -> None:
        with contextlib.suppress(OSError):  # the folder may be read-only
            path = self._checked(manifest)
            path.write_bytes(msgspec.json.encode(_state(manifest, status)))

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Have a folder for unfinished files; those of dead processes are removed.

        Raises
        ------
        OSError
            If nothing can be written there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=self.folder))
        try:
            with (work / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def publish(self, file: Path, manifest: Manifest) -> None:
        """Move a complete file, and then its manifest, to where they are found.

        Parameters
        ----------
        file
            In a workplace of this library; its bytes are those of the manifest.
        """
        synced(file)
        unnamed = file.with_suffix(MANIFEST_SUFFIX)
        write_manifest(manifest, unnamed)
        synced(unnamed)
        file.replace(self.path(manifest))
        self._remember(manifest, self.path(manifest).stat())
        unnamed.replace(self.folder / (manifest.name + MANIFEST_SUFFIX))
        synced(self.folder)

    def _sweep(self) -> None:
        for work in self.folder.glob(f"{_WORK}*"):
            with contextlib.suppress(OSError), (work / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(work, ignore_errors=True)


def synced(path: Path) -> None:
    """Have the disk keep what was written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_size(manifest: Manifest, size: int) -> None:
    if size != manifest.size_bytes:
        raise UnusableIndexError(
            f"{manifest.name}{SUFFIX}: it has {size} bytes and should have "
            f"{manifest.size_bytes}; fetch it again, or build it again"
        )


def _state(manifest: Manifest, status: os.stat_result) -> dict[str, Any]:
    """Return by what is noticed that a file was touched."""
    return {
        "digest": manifest.digest,
        "size": status.st_size,
        "modified_ns": status.st_mtime_ns,
        "changed_ns": status.st_ctime_ns,
        "inode": status.st_ino,
    }
