"""Fetches what a library lacks of a location: once, however many processes want it."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..library import IndexLibrary
from ..manifest import Manifest, UnusableIndexError
from .location import Entry, Location
from .places import location_of
from .transfers import pull

_LOCK = ".fetching"
_LOOK_SECONDS = 0.2


def fetch_newest(
    location: str,
    library: IndexLibrary,
    repository: str | None,
    *,
    patience_seconds: float = 300.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Manifest | None:
    """Fetch the newest index of a location that can be used, if the library lacks it.

    What is found damaged is not fetched again by the same library, until it is pushed
    again: an older one is taken.

    Parameters
    ----------
    repository
        Identity of the repository; `None`: all indexes must be of one.
    patience_seconds
        How long another process that is fetching is waited for.

    Returns
    -------
    manifest
        Of what the library has now; `None`: the location has nothing.

    Raises
    ------
    UnusableIndexError
        If nothing there can be used.
    OSError
        If the location cannot be reached, nothing can be written, or the other process
        does not come to an end.
    """
    try:
        place = location_of(location)
    except ValueError as error:
        raise UnusableIndexError(str(error)) from error
    entries = place.entries(repository)
    if repository is None and len({e.name.partition("-")[0] for e in entries}) > 1:
        raise UnusableIndexError(f"{location} has indexes of several repositories")
    for entry in entries:
        found = library.usable(entry.name)
        if found is None and (place.text, entry) not in library.unfetched:
            library.folder.mkdir(parents=True, exist_ok=True)
            with _alone(library.folder, patience_seconds, clock, sleep):
                found = library.usable(entry.name) or _fetch(place, entry, library)
        if found is not None:
            return found
    if entries:
        reasons = [library.unfetched[place.text, entry] for entry in entries]
        raise UnusableIndexError(f"{location}: {'; '.join(reasons)}")
    return None


def _fetch(place: Location, entry: Entry, library: IndexLibrary) -> Manifest | None:
    reason = f"{entry.name}: it has a manifest and no file"
    if entry.size_bytes >= 0:
        try:
            return pull(place, entry.name, library)
        except UnusableIndexError as error:
            reason = str(error)
    library.unfetched[place.text, entry] = reason
    return None


@contextmanager
def _alone(
    folder: Path,
    patience_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[None]:
    """Be the only one that fetches into a folder; the lock dies with its process."""
    deadline = clock() + patience_seconds
    with (folder / _LOCK).open("a") as lock:
        while not _locked(lock):
            if clock() > deadline:
                raise TimeoutError(
                    f"{folder}: another process has been fetching an index for "
                    f"{patience_seconds:.0f} s"
                )
            sleep(_LOOK_SECONDS)
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
