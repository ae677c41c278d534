"""A file that remembers things, and why: what is no longer permanent, or indexed.

All processes that serve a repository from one host share it. It is replaced as a
whole, so that it is never half written.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ...registry import RepositoryError
from ..policies import Thing


class Why(msgspec.Struct, frozen=True):
    """Why something is remembered, and since when."""

    reason: str
    at: datetime


class _Line(msgspec.Struct, frozen=True):
    thing: Thing
    why: Why


class RememberedThings:
    """Remembers some things of one repository.

    Parameters
    ----------
    path
        Of the file; its folder is made. `None`: nothing outlives the process.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> dict[Thing, Why]:
        """Return what has been remembered.

        Raises
        ------
        RepositoryError
            If the file cannot be read: what it says must not be forgotten.
        """
        if self._path is None:
            return {}
        try:
            data = self._path.read_bytes()
            lines = msgspec.json.decode(data, type=list[_Line])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RepositoryError(
                f"{self._path}: cannot be read: {error}; it says what is no longer "
                "permanent, or as it was indexed. Mend it, or remove it if all of it is"
            ) from error
        return {line.thing: line.why for line in lines}

    def add(self, things: Mapping[Thing, str]) -> None:
        """Remember things, each with the reason.

        Raises
        ------
        OSError
            If that is not possible.
        """
        now = datetime.now(UTC)
        new = {thing: Why(reason, now) for thing, reason in things.items()}
        with self._replacing() as known:
            known |= {thing: why for thing, why in new.items() if thing not in known}

    def renew(self, things: Mapping[Thing, str]) -> None:
        """Remember things as of now, whatever was remembered of them.

        Raises
        ------
        OSError
            If that is not possible.
        """
        now = datetime.now(UTC)
        with self._replacing() as known:
            known |= {thing: Why(reason, now) for thing, reason in things.items()}

    def forget(self, things: set[Thing]) -> None:
        """Remember these no longer.

        Raises
        ------
        OSError
            If that is not possible.
        """
        with self._replacing() as known:
            for thing in things:
                known.pop(thing, None)

    @contextmanager
    def _replacing(self) -> Iterator[dict[Thing, Why]]:
        """Write what the caller makes of the present state, one at a time."""
        if self._path is None:
            yield {}
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.read()
            yield known
            new = self._path.with_suffix(".new")
            lines = [_Line(thing, why) for thing, why in sorted(known.items())]
            with new.open("wb") as file:
                file.write(msgspec.json.encode(lines))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
