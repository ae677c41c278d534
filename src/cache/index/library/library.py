"""A folder of release indexes: publishing, checking, cleaning up.

A file appears under its name by one rename, after it was made and checked completely
elsewhere in the folder; its manifest appears last, and without one there is no index.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ....registry import RepositoryError
from ..manifest import (
    MANIFEST_SUFFIX,
    SUFFIX,
    Manifest,
    UnusableIndexError,
    digest_of_chunks,
    read_manifest,
)
from .checking import IndexChecks, Progress, State
from .workplace import Workplaces


class IndexLibrary:
    """Release indexes in one folder.

    Parameters
    ----------
    folder
        It is made when the first index is published.

    Attributes
    ----------
    unfetched
        What was found damaged elsewhere, by place and entry, and why: it is not
        fetched a second time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unfetched: dict[object, str] = {}
        self._checks = IndexChecks(folder)
        self._workplaces = Workplaces(folder)

    def manifests(self) -> tuple[list[Manifest], list[str]]:
        """Return the manifests of all indexes, the newest first, and what is wrong."""
        found: list[tuple[datetime, int, str, Manifest]] = []
        refused = []
        for path in sorted(self.folder.glob(f"*{MANIFEST_SUFFIX}")):
            try:
                modified = path.stat().st_mtime_ns
                manifest = read_manifest(path)
                found.append((manifest.read_at, modified, path.name, manifest))
            except UnusableIndexError as error:
                refused.append(str(error))
            except FileNotFoundError:
                continue  # removed meanwhile
            except OSError as error:
                name = path.name.removesuffix(MANIFEST_SUFFIX)
                refused.append(f"{name}: its manifest cannot be read: {error.strerror}")
        found.sort(key=lambda each: each[:3], reverse=True)
        return [manifest for *_, manifest in found], refused

    def newest(
        self, repository: str | None, namespace: str | None
    ) -> tuple[Manifest | None, list[str]]:
        """Return the newest index that can be used, and why others cannot.

        Parameters
        ----------
        repository
            Identity of the repository; `None`: all indexes must be of one.
        namespace
            Of its tables.

        Raises
        ------
        RepositoryError
            If it is not known of which repository the index has to be.
        """
        found, refused = self.manifests()
        if repository is None and len({m.repository for m in found}) > 1:
            raise RepositoryError(
                f"{self.folder} has indexes of several repositories, and the database "
                "does not say which is its own"
            )
        for manifest in found:
            if repository not in {None, manifest.repository}:
                refused.append(f"{manifest.name}: it is of another repository")
            elif manifest.namespace != namespace:
                refused.append(f"{manifest.name}: it is of another namespace")
            else:
                try:
                    self.ensure_verified(manifest)
                except UnusableIndexError as error:
                    refused.append(str(error))
                    continue
                return manifest, refused
        return None, refused

    def usable(self, name: str) -> Manifest | None:
        """Return the manifest of an index that is here and can be used."""
        try:
            manifest = read_manifest(self.folder / (name + MANIFEST_SUFFIX))
            self.ensure_verified(manifest)
        except (UnusableIndexError, OSError):
            return None
        return manifest

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
        self._checks.verify(manifest, progress)

    def ensure_verified(self, manifest: Manifest) -> None:
        """Do the same, unless that has been done and the file was not touched since.

        Raises
        ------
        UnusableIndexError
            As `verify`; what was refused once is not read again.
        """
        self._checks.ensure_verified(manifest)

    def refuse(self, manifest: Manifest, reason: str) -> None:
        """Use this file no more in this process, unless it is replaced.

        For what is as it was published, and yet cannot be opened.
        """
        self._checks.refuse(manifest, reason)

    def state(self, manifest: Manifest) -> tuple[State, str]:
        """Return what is known of a file, and why it is refused; nothing is read."""
        return self._checks.state(manifest)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Have a folder for unfinished files; those of dead processes are removed.

        Raises
        ------
        OSError
            If nothing can be written there.
        """
        with self._workplaces.new() as work:
            yield work

    def publish(self, file: Path, manifest: Manifest) -> None:
        """Move a complete file, and then its manifest, to where they are found.

        Parameters
        ----------
        file
            In a workplace of this library; its bytes are those of the manifest.
        """
        with self._workplaces.publishing(file, manifest):
            self._checks.note(manifest)

    def receive(
        self,
        manifest: Manifest,
        chunks: Iterable[bytes],
        progress: Progress = lambda _: None,
    ) -> None:
        """Publish an index that comes from elsewhere, piece by piece.

        Raises
        ------
        UnusableIndexError
            If what came is not what the manifest says; nothing is published then.
        OSError
            If it cannot be written.
        """
        with self.workplace() as work:
            path = work / "index"
            with path.open("wb") as file:

                def take(chunk: bytes) -> None:
                    file.write(chunk)
                    progress(len(chunk))

                digest = digest_of_chunks(chunks, take)
            if digest != manifest.digest:
                raise UnusableIndexError(
                    f"{manifest.name}: what came is not what was published; push it "
                    "again, or build it again"
                )
            self.publish(path, manifest)
