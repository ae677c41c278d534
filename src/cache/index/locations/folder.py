"""Indexes in a folder that others see, too: it is a library itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..library import IndexLibrary, Progress
from ..manifest import MANIFEST_SUFFIX, SUFFIX, Manifest, chunks_of, read_manifest
from .location import Entry, newest_first


class FolderLocation:
    """One folder.

    Parameters
    ----------
    folder
        It is made by the first push.
    """

    def __init__(self, folder: Path) -> None:
        self.text = str(folder)
        self._folder = folder

    def entries(self, repository: str | None) -> list[Entry]:
        """Return what is there, the newest first."""
        if not self._folder.is_dir():
            raise FileNotFoundError(f"{self.text}: there is no such folder")
        found = []
        prefix = "" if repository is None else f"{repository}-"
        for path in self._folder.glob(f"{prefix}*{MANIFEST_SUFFIX}"):
            name = path.name.removesuffix(MANIFEST_SUFFIX)
            size = -1
            with suppress(OSError):
                size = (self._folder / (name + SUFFIX)).stat().st_size
            with suppress(FileNotFoundError):  # removed meanwhile
                found.append(Entry(path.stat().st_mtime, name, size))
        return newest_first(found)

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of an index."""
        return read_manifest(self._folder / (name + MANIFEST_SUFFIX))

    @contextmanager
    def chunks(self, name: str) -> Iterator[Iterator[bytes]]:
        """Have the bytes of an index's file, piece by piece."""
        with (self._folder / (name + SUFFIX)).open("rb") as file:
            yield chunks_of(file)

    def put(
        self, library: IndexLibrary, manifest: Manifest, progress: Progress
    ) -> None:
        """Copy an index of a library here."""
        target = IndexLibrary(self._folder)
        with library.path(manifest).open("rb") as file:
            target.receive(manifest, chunks_of(file), progress)
