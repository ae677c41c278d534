"""What every location can do."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ..library import IndexLibrary, Progress
from ..manifest import Manifest


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One index of a location.

    Parameters
    ----------
    modified
        When its manifest was written, in seconds since 1970-01-01 UTC.
    name
        Of the index.
    size_bytes
        Of its file; -1: there is none.
    """

    modified: float
    name: str
    size_bytes: int


class Location(Protocol):
    """A place for indexes.

    All that goes wrong is an `OSError`, but for damaged manifests and files: they are
    an `UnusableIndexError`.
    """

    text: str
    """How people name it."""

    def entries(self, repository: str | None) -> list[Entry]:
        """Return what is there, the newest first.

        Parameters
        ----------
        repository
            Identity of the repository whose indexes are wanted; `None`: of all.
        """
        ...

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of an index."""
        ...

    def chunks(self, name: str) -> AbstractContextManager[Iterator[bytes]]:
        """Have the bytes of an index's file, piece by piece."""
        ...

    def put(
        self, library: IndexLibrary, manifest: Manifest, progress: Progress
    ) -> None:
        """Copy an index of a library here."""
        ...


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries by time, and by name where the times are equal."""
    return sorted(entries, reverse=True)
