"""Whether the bytes of an index file are those that were published.

Files have gigabytes, so each is read once: what was found good is remembered beside
it, for all processes, and what was found bad in the memory of this one.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..manifest import SUFFIX, Manifest, UnusableIndexError, digest_of

CHECKED_SUFFIX = ".checked"

Progress = Callable[[int], None]
"""Is told how many more bytes were read."""

State = Literal["verified", "unverified", "refused"]

_REMEDY = "fetch it again, or build it again"


class IndexChecks:
    """The checks of all files in one folder.

    Parameters
    ----------
    folder
        It may be read-only: then each process reads for itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused: dict[str, tuple[Manifest, Any, str]] = {}
        self._good: dict[str, Any] = {}

    def verify(self, manifest: Manifest, progress: Progress = lambda _: None) -> None:
        """Read a file completely and compare it with its manifest.

        Raises
        ------
        UnusableIndexError
            If it is not, byte for byte, what was published.
        """
        self._forget(manifest)
        try:
            with self._path(manifest).open("rb") as file:
                state = _state(os.fstat(file.fileno()))
                wrong = _wrong_size(manifest, state["size"])
                if wrong is None and digest_of(file, progress) != manifest.digest:
                    wrong = f"its bytes are not those that were published; {_REMEDY}"
        except OSError as error:
            # Not remembered: it may be there, or readable, the next time.
            raise _unusable(
                manifest, f"it cannot be read: {error.strerror or error}"
            ) from error
        if wrong is not None:
            self._refused[manifest.name] = (manifest, state, wrong)
            raise _unusable(manifest, wrong)
        self._remember(manifest, state)

    def ensure_verified(self, manifest: Manifest) -> None:
        """Do the same, unless that has been done and the file was not touched since.

        Raises
        ------
        UnusableIndexError
            As `verify`.
        """
        kind, reason = self.state(manifest)
        if kind == "refused":
            raise _unusable(manifest, reason)
        if kind == "unverified":
            self.verify(manifest)

    def state(self, manifest: Manifest) -> tuple[State, str]:
        """Return what is known of a file, and why it is refused; nothing is read."""
        try:
            state = _state(self._path(manifest).stat())
        except OSError as error:
            return "refused", f"it cannot be read: {error.strerror or error}"
        if wrong := _wrong_size(manifest, state["size"]):
            return "refused", wrong
        *known, reason = self._refused.get(manifest.name, (None, None, ""))
        if known == [manifest, state]:
            return "refused", reason
        is_known = _known(manifest, state) in {
            self._good.get(manifest.name),
            self._remembered(manifest),
        }
        return ("verified" if is_known else "unverified"), ""

    def note(self, manifest: Manifest) -> None:
        """Remember a file as good: its bytes were digested while it was made.

        Raises
        ------
        OSError
            If it is not there.
        """
        self._refused.pop(manifest.name, None)
        self._remember(manifest, _state(self._path(manifest).stat()))

    def refuse(self, manifest: Manifest, reason: str) -> None:
        """Remember, in this process, that a file cannot be used for another reason."""
        with contextlib.suppress(OSError):
            state = _state(self._path(manifest).stat())
            self._refused[manifest.name] = (manifest, state, reason)

    def _path(self, manifest: Manifest) -> Path:
        return self._folder / (manifest.name + SUFFIX)

    def _checked(self, manifest: Manifest) -> Path:
        return self._folder / (manifest.name + CHECKED_SUFFIX)

    def _remembered(self, manifest: Manifest) -> bytes | None:
        try:
            return self._checked(manifest).read_bytes()
        except OSError:
            return None

    def _remember(self, manifest: Manifest, state: dict[str, int]) -> None:
        known = self._good[manifest.name] = _known(manifest, state)
        with contextlib.suppress(OSError):
            self._checked(manifest).write_bytes(known)

    def _forget(self, manifest: Manifest) -> None:
        self._refused.pop(manifest.name, None)
        self._good.pop(manifest.name, None)
        with contextlib.suppress(OSError):
            self._checked(manifest).unlink(missing_ok=True)


def _unusable(manifest: Manifest, reason: str) -> UnusableIndexError:
    return UnusableIndexError(f"{manifest.name}: {reason}")


def _wrong_size(manifest: Manifest, size: int) -> str | None:
    if size == manifest.size_bytes:
        return None
    return f"it has {size} bytes and should have {manifest.size_bytes}; {_REMEDY}"


def _state(status: os.stat_result) -> dict[str, int]:
    """Return by what is noticed that a file was touched."""
    return {
        "size": status.st_size,
        "modified_ns": status.st_mtime_ns,
        "changed_ns": status.st_ctime_ns,
        "inode": status.st_ino,
    }


def _known(manifest: Manifest, state: dict[str, int]) -> bytes:
    return msgspec.json.encode({"digest": manifest.digest, **state})
