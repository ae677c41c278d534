"""The way from a dataset's file records to URLs that a client can read."""

from collections.abc import Sequence
from typing import Protocol

from ...cache import Dataset
from ...protocol.errors import NotSupportedError
from ...protocol.files import FileArtifact, FileInfo, StoredFileInfo
from ...registry import DatastoreConfig, FileRecord
from .local import LocalFiles, quote_path
from .paths import RecordPath, relative_to_datastore, without_root
from .s3 import S3Files
from .signing import UrlSigner


class Store(Protocol):
    """Makes URLs for the files of one datastore."""

    def url(self, path: RecordPath, base_url: str) -> str:
        """Return a URL that works without credentials, fragment included.

        Raises
        ------
        ForbiddenError, NotSupportedError
            If this file cannot be handed out.
        """
        ...


class HttpStore:
    """A datastore that is an HTTP server itself: its URLs are passed on."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/")

    def url(self, path: RecordPath, base_url: str) -> str:
        """Return the file's own URL."""
        del base_url
        if path.scheme is not None:
            return path.path + path.fragment
        return f"{self._root}/{quote_path(path.path)}{path.fragment}"


class UnsupportedStore:
    """A datastore of a kind that this version cannot hand out."""

    def __init__(self, root: str) -> None:
        self._scheme = root.partition(":")[0]

    def url(self, path: RecordPath, base_url: str) -> str:
        """Refuse, naming the kind."""
        del path, base_url
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
        return FileArtifact([self._info(file, base_url) for file in dataset.files])

    def _info(self, file: FileRecord, base_url: str) -> FileInfo:
        path = RecordPath.parse(file.path)
        if path.scheme is None:
            store, seen = self._stores[file.datastore], file.path
        else:
            store, seen = self._outside(path), without_root(path)
        return FileInfo(store.url(path, base_url), _stored_file_info(file, seen))

    def _outside(self, path: RecordPath) -> Store:
        if path.scheme == "file":
            return self.local.outside
        if path.scheme in {"http", "https"}:
            return HttpStore("")
        if path.scheme == "s3":
            return self._s3.outside
        return UnsupportedStore(path.path)


def stored_file_info(file: FileRecord) -> StoredFileInfo:
    """Return a file record as it is sent."""
    return _stored_file_info(file, relative_to_datastore(file.path))


def _stored_file_info(file: FileRecord, path: str) -> StoredFileInfo:
    return StoredFileInfo(
        formatter=file.formatter,
        path=path,
        storage_class=file.storage_class,
        component=file.component,
        checksum=file.checksum,
        file_size=file.file_size,
    )
