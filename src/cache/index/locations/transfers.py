"""Brings one index from a library to a location, or from there."""

from ..library import IndexLibrary, Progress
from ..manifest import Manifest
from .location import Location


def push(
    library: IndexLibrary,
    manifest: Manifest,
    location: Location,
    progress: Progress = lambda _: None,
) -> None:
    """Copy an index of a library to a location.

    Raises
    ------
    UnusableIndexError
        If it is damaged; nothing is published then.
    OSError
        If one of both cannot be reached.
    """
    location.put(library, manifest, progress)


def pull(
    location: Location,
    name: str,
    library: IndexLibrary,
    progress: Progress = lambda _: None,
) -> Manifest:
    """Copy an index of a location to a library.

    Raises
    ------
    UnusableIndexError
        If it is damaged; nothing is published then.
    OSError
        If one of both cannot be reached, or nothing can be written.
    """
    manifest = location.manifest(name)
    with location.chunks(name) as chunks:
        library.receive(manifest, chunks, progress)
    return manifest
