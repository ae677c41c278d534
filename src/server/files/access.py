"""The way from a dataset's file records to URLs that a client can read, and back."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...cache import Dataset
from ...protocol.files import FileArtifact, FileInfo, StoredFileInfo, UrlAuth
from ...registry import DatastoreConfig, FileRecord
from ..access.publicity import EVERYTHING_PUBLIC, Publicity
from ..config import StoreSettings
from .local import LocalStore
from .own_urls import OwnUrls
from .paths import without_root
from .places import Found, Place, Places
from .purposes import Purpose
from .recipient import MakeUrl, Recipient
from .signing import Signed, Subject, UrlSigner
from .store import Store
from .ways import Ways


class LocatedFile(NamedTuple):
    """A file that can be handed out.

    ``path`` is as clients see it; ``auth`` says which credentials its URLs need.
    """

    make_url: MakeUrl
    path: str
    auth: UrlAuth


class FileAccess:
    """URLs for the files of one repository.

    Parameters
    ----------
    label
        The repository's name in URLs.
    datastores
        In the order in which records number them.
    signer
        Signs URLs of this server; those of stores live as long.
    outside_roots
        Folders outside the datastore roots whose files may be handed out.
    stores
        How the files of stores are handed out.
    publicity
        Says what everybody may see.
    is_cadc
        Whether clients have credentials of their own for stores on http(s).

    Raises
    ------
    RepositoryError
        If one of ``stores`` is about no store of this repository.
    """

    def __init__(
        self,
        label: str,
        datastores: Sequence[DatastoreConfig],
        signer: UrlSigner,
        outside_roots: Sequence[str],
        stores: Sequence[StoreSettings] = (),
        publicity: Publicity = EVERYTHING_PUBLIC,
        *,
        is_cadc: bool = False,
    ) -> None:
        roots = [d.root for d in datastores]
        ways = Ways(label, roots, stores, is_cadc=is_cadc)
        lifetimes, self._clock = signer.lifetimes, signer.clock
        self._places = Places(roots, outside_roots, ways, lifetimes, self._clock)
        self._urls = OwnUrls(label, signer)
        self._publicity = publicity

    def artifact(self, dataset: Dataset, to: Recipient) -> FileArtifact | None:
        """Return the URLs of a dataset's files, or `None` if it has none."""
        if not dataset.files:
            return None
        located = [(file, self.locate(dataset, file)) for file in dataset.files]
        return FileArtifact(
            [
                FileInfo(found.make_url(to), as_sent(file, found.path), found.auth)
                for file, found in located
            ]
        )

    def locate(self, dataset: Dataset, file: FileRecord) -> LocatedFile:
        """Return what makes the URLs of one of a dataset's files.

        Raises
        ------
        ForbiddenError, NotFoundError, NotSupportedError
            If this file cannot be handed out.
        """
        found = self._places.find(file)
        record, run = found.record, dataset.run
        path = file.path if record.scheme is None else without_root(record)
        since = self._publicity.public_from(run)
        subject = Subject(str(dataset.id), _group(run), since)
        return LocatedFile(self._making(found, subject), path, found.place.way.auth)

    def lasting_url(self, file: FileRecord) -> str | None:
        """Return the URL of a file that works with a client's own credentials.

        `None` if there is none.
        """
        found = self._places.find_if_any(file)
        if found is None or found.place.way.auth != "datastore":
            return None
        record, place, name = found
        if isinstance(place.store, LocalStore):
            return None
        return place.store.signing(name, Purpose.PUBLIC)() + record.fragment

    def check(self, place: str, name: str, signed: Signed) -> Place:
        """Return the place that a URL of this server names.

        Raises
        ------
        ForbiddenError
            If this server has not signed the URL, or it has expired.
        NotFoundError
            If there is no such place any more.
        """
        self._urls.check(place, name, signed)
        return self._places[place]

    def has(self, dataset: Dataset, place: str, name: str) -> bool:
        """Tell whether a name in a place is that of one of a dataset's files."""
        return self._places.has(dataset, place, name)

    def _making(self, found: Found, subject: Subject) -> MakeUrl:
        """Return what makes URLs of the store itself, or of this server."""
        (record, place, name), store = found, found.place.store
        fragment = record.fragment
        if isinstance(store, LocalStore) or place.way.way == "proxy":
            return self._urls.making(place.label, name, fragment, subject)
        direct = self._signing(store, name, subject.public_from)
        if store.is_probed and not store.is_costly:
            return lambda _: direct() + fragment
        own = self._urls.making(place.label, name, fragment, subject)
        if store.is_costly:
            # What is signed here takes microseconds; theirs is made when it is read.
            return lambda to: own(to) if to.many else direct() + fragment
        return lambda to: own(to) if to.probes else direct() + fragment

    def _signing(
        self, store: Store, name: str, public_from: float
    ) -> Callable[[], str]:
        if public_from == 0:
            return store.signing(name, Purpose.PUBLIC)
        private = store.signing(name, Purpose.PRIVATE)
        if public_from == math.inf:
            return private
        public, clock = store.signing(name, Purpose.PUBLIC), self._clock
        return lambda: public() if clock() >= public_from else private()


def _group(run: str) -> str:
    """Return the group whose own a run is, or nothing."""
    kind, _, rest = run.partition("/")
    return rest.partition("/")[0] if kind == "g" else ""


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
