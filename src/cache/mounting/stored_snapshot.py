"""The newest definitions of a repository on disk, for a start without its database.

All processes of a host write the same file, each in one step and none too often. What
it says is never trusted but for what is permanent: a snapshot made of it has no lease.
"""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from ...registry import Contents, RepositoryError
from ..index import pack_contents, unpack_contents

_AGE_SECONDS = 60.0

_logger = structlog.get_logger("butlery.cache")


class _File(msgspec.Struct, array_like=True):
    repository: str
    at: float
    contents: bytes


class Stored(NamedTuple):
    """Definitions from a file, of which repository, and when they were written."""

    repository: str
    at: float
    contents: Contents


class StoredSnapshot:
    """One file.

    Parameters
    ----------
    path
        Of the file; `None`: nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written: tuple[str, int] | None = None
        self._kept: Contents | None = None

    def read(self) -> Stored | None:
        """Return what is in the file, if there is anything.

        A file that is damaged, or of another version, is as good as none.
        """
        if self._path is None:
            return None
        try:
            stored = msgspec.msgpack.decode(self._path.read_bytes(), type=_File)
            contents = unpack_contents(stored.contents)
            return Stored(stored.repository, stored.at, contents)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, RepositoryError, KeyError) as error:
            _logger.warning("stored-snapshot-unusable", error=str(error))
            return None

    async def write(self, repository: str, contents: Contents) -> None:
        """Keep definitions, unless others have just done so."""
        if self._path is None or self._written == (repository, id(contents)):
            return
        with contextlib.suppress(OSError):
            if time.time() - self._path.stat().st_mtime < _AGE_SECONDS:
                return
        try:
            await asyncio.to_thread(self._write, repository, contents)
        except OSError as error:
            _logger.warning("stored-snapshot-not-written", error=str(error))
        self._written = (repository, id(contents))
        self._kept = contents  # so that no other has its id

    def _write(self, repository: str, contents: Contents) -> None:
        assert self._path is not None  # noqa: S101 - told to mypy
        data = msgspec.msgpack.encode(
            _File(repository, time.time(), pack_contents(contents))
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}.new")
        new.write_bytes(data)
        new.replace(self._path)
