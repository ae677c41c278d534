"""A file that is not complete yet, beside the place where it will be.

Its name begins with a dot and ends in ``.part``. It is renamed only when size and
checksum are right: under its own name a file is never anything but whole. What an
earlier run left is continued; two processes never write into the same one.
"""

import os
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from ..errors import FileIntegrityError
from .checksums import fits, hash_for
from .located import Located

SUFFIX = ".part"

_MOST_NAME_BYTES = 200  # of the file's own, so that no part's has more than 255
_CHUNK_BYTES = 2**20
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class Part:
    """The beginning of a file.

    Parameters
    ----------
    path
        Where the file will be; its folder is there.
    file
        What it should be.
    moved
        Told how many bytes there are more, or less.
    """

    def __init__(self, path: Path, file: Located, moved: Callable[[int], None]) -> None:
        self.count = 0
        self._target = path
        self._file = file
        self._moved = moved
        self._hash = hash_for(file.checksum)
        self._path, self._handle, self._is_shared = _opened(path, file)
        self._continue()

    @classmethod
    def beside(cls, path: Path, file: Located, moved: Callable[[int], None]) -> Self:
        """Return the part of a file, in a folder that is made if it is not there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path, file, moved)

    def write(self, chunk: bytes) -> None:
        """Keep what comes next."""
        self._handle.write(chunk)
        self._count(chunk)

    def restart(self) -> None:
        """Forget all."""
        self._handle.seek(0)
        self._handle.truncate()
        self._moved(-self.count)
        self.count = 0
        self._hash = hash_for(self._file.checksum)

    def finish(self) -> None:
        """Give the file its name.

        Raises
        ------
        FileIntegrityError
            If it is not what it should be; then nothing of it is left.
        """
        self._handle.flush()
        why = self._objection()
        if why:
            self.discard()
            raise FileIntegrityError(
                f"{self._file.path!r} {why}: nothing of it is kept"
            )
        if os.name == "nt":  # where nothing that is open can be renamed
            self._handle.close()
        self._path.replace(self._target)
        self._handle.close()

    def discard(self) -> None:
        """Leave nothing of it."""
        self._handle.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave it for another run, if another run can find it."""
        if not self._handle.closed:
            self._handle.close()
            if not self._is_shared:
                self._path.unlink(missing_ok=True)

    def _continue(self) -> None:
        while chunk := self._handle.read(_CHUNK_BYTES):
            self._count(chunk)
        if self._file.size is not None and self.count > self._file.size:
            self.restart()

    def _count(self, chunk: bytes) -> None:
        self.count += len(chunk)
        self._moved(len(chunk))
        if self._hash is not None:
            self._hash.update(chunk)

    def _objection(self) -> str | None:
        size = self._file.size
        if size is not None and size != self.count:
            return f"has {self.count} bytes, and should have {size}"
        if not fits(self._hash, self._file.checksum):
            return "has another checksum than the one recorded for it"
        return None


def is_part(name: str) -> bool:
    """Tell whether a file of this name could be taken for a part."""
    return name.startswith(".") and name.lower().endswith(SUFFIX)


def _opened(path: Path, file: Located) -> tuple[Path, Any, bool]:
    """Return a part, and whether another run would find the same one."""
    # UUIDs made in the same minute begin alike: a digest tells them apart.
    what = f"{file.id} {file.component} {file.path}".encode("utf-8", "replace")
    stem = f".{_shortened(path.name)}.{blake2b(what, digest_size=4).hexdigest()}"
    common = path.with_name(stem + SUFFIX)
    handle = _locked(common)
    if handle is not None:
        return common, handle, True
    own = path.with_name(f"{stem}.{uuid4().hex[:8]}{SUFFIX}")
    return own, _open(own), False


def _locked(path: Path) -> Any:
    """Return a part that nobody else has; `None` if that cannot be had."""
    try:
        import fcntl
    except ImportError:
        return None
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle.fileno()), path.stat()):
            return handle
    except OSError:  # locked, or renamed since, or where nothing can be locked
        pass
    handle.close()
    return None


def _open(path: Path) -> Any:
    handle = open(path, "r+b", opener=_opener)  # noqa: SIM115 - it has an opener
    if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
        handle.close()
        raise FileExistsError(f"{path} is in the way: it is no file")
    return handle


def _opener(path: str, flags: int) -> int:
    del flags
    return os.open(path, _FLAGS | getattr(os, "O_CLOEXEC", 0), 0o666)


def _shortened(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:_MOST_NAME_BYTES])
