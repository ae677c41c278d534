"""The way from a dataset's file records to URLs that a client can read."""

from collections.abc import Sequence
from typing import Protocol

from ...cache import Dataset
from ...protocol.errors import NotSupportedError
from ...protocol.files import FileArtifact, FileInfo, StoredFileInfo
from ...registry import DatastoreConfig, FileRecord
from .local import LocalFiles, quote_path
from .paths import MakeUrl, RecordPath, without_root
from .s3 import S3Files
from .signing import UrlSigner


class Store(Protocol):
    """Makes URLs for the files of one datastore."""

    def locate(self, path: RecordPath) -> MakeUrl:
        """Return what makes the URLs of a file.

        Raises
        ------
        ForbiddenError, NotFoundError, NotSupportedError
            If this file cannot be handed out.
        """
        ...


class HttpStore:
    """A datastore that is an HTTP server itself: its URLs are passed on."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")

    def locate(self, path: RecordPath) -> MakeUrl:
        """Return what returns the file's own URL."""
        if path.scheme is not None:
            url = path.path + path.fragment
        else:
            url = f"{self._root}/{quote_path(path.path)}{path.fragment}"
        return lambda _: url


class UnsupportedStore:
    """A datastore of a kind that this version cannot hand out."""

    def __init__(self, root: str) -> None:
        self._scheme = root.partition(":")[0]

    def locate(self, path: RecordPath) -> MakeUrl:
        """Refuse, naming the kind."""
        del path
        raise NotSupportedError(
            f"Files of {self._scheme!r} datastores cannot be handed out by this "
            "version; local ones and those on S3 or http(s) can."
        )


class FileAccess:
    """URLs for the files of one repository.

    Parameters
    ----------
    label
        The repository's name in URLs.
    datastores
        In the order in which records number them.
    signer
        Signs URLs of this server; those of S3 live as long.
    outside_roots
        Folders outside the datastore roots whose files may be handed out.
    """

    def __init__(
        self,
        label: str,
        datastores: Sequence[DatastoreConfig],
        signer: UrlSigner,
        outside_roots: Sequence[str],
    ) -> None:
        roots = [d.root for d in datastores]
        self.local = LocalFiles(label, roots, signer, outside_roots)
        self._s3 = S3Files(roots, signer.lifetime_seconds)
        self._stores = [self._store(number, root) for number, root in enumerate(roots)]

    def _store(self, number: int, root: str) -> Store:
        scheme = root.partition("://")[0] if "://" in root else "file"
        if scheme == "file":
            return self.local.store(number)
        if scheme in {"http", "https"}:
            return HttpStore(root)
        if scheme == "s3":
            return self._s3.store(root)
        return UnsupportedStore(root)

    def artifact(self, dataset: Dataset, base_url: str) -> FileArtifact | None:
        """Return the URLs of a dataset's files, or `None` if it has none."""
        if not dataset.files:
            return None
        located = ((file, *self.locate(file)) for file in dataset.files)
        return FileArtifact(
            [
                FileInfo(url(base_url), as_sent(file, path))
                for file, url, path in located
            ]
        )

    def locate(self, file: FileRecord) -> tuple[MakeUrl, str]:
        """Return what makes the URLs of a file, and its path as clients see it.

        Raises
        ------
        ForbiddenError, NotFoundError, NotSupportedError
            If this file cannot be handed out.
        """
        path = RecordPath.parse(file.path)
        if path.scheme is None:
            return self._stores[file.datastore].locate(path), file.path
        return self._outside(path).locate(path), without_root(path)

    def _outside(self, path: RecordPath) -> Store:
        if path.scheme == "file":
            return self.local.outside
        if path.scheme in {"http", "https"}:
            return HttpStore("")
        if path.scheme == "s3":
            return self._s3.outside
        return UnsupportedStore(path.path)


def as_sent(file: FileRecord, path: str) -> StoredFileInfo:
    """Return a file record as it is sent, with the path that clients see."""
    return StoredFileInfo(
        formatter=file.formatter,
        path=path,
        storage_class=file.storage_class,
        component=file.component,
        checksum=file.checksum,
        file_size=file.file_size,
    )
