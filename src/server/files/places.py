"""All places where files of one repository are, and which of them a record means.

URLs of this server name a place by the number of its datastore. Absolute paths of
records lie in others: those of local files in `OUTSIDE`, those in the bucket of a
datastore in that with its number behind, those on http(s) that this server fetches in
``store-`` and the number of the setting that says so.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...cache import Dataset
from ...protocol.errors import ForbiddenError, NotFoundError, NotSupportedError
from ...registry import FileRecord
from ..config import StoreSettings
from .gcs import GcsFiles
from .local import LocalStore, OutsideStore
from .paths import RecordPath
from .purposes import Lifetimes
from .s3 import S3Files
from .store import FetchedHttpStore, HttpStore, Store, UnsupportedStore
from .ways import Ways

OUTSIDE = "outside"


class Place(NamedTuple):
    """A store as URLs of this server name it, and how its files are handed out."""

    label: str
    store: Store | LocalStore
    way: StoreSettings


class Found(NamedTuple):
    """What a record means: a name in a place."""

    record: RecordPath
    place: Place
    name: str


class Places:
    """The places of one repository.

    Parameters
    ----------
    roots
        Of the datastores, in the order in which records number them.
    outside_roots
        Folders outside local roots whose files may be handed out.
    ways
        How the files of stores are handed out.
    lifetimes, clock
        Of URLs; seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        roots: Sequence[str],
        outside_roots: Sequence[str],
        ways: Ways,
        lifetimes: Lifetimes,
        clock: Callable[[], float],
    ) -> None:
        self._ways = ways
        self._outside_roots = outside_roots
        self._s3 = S3Files(roots, lifetimes, clock)
        self._gcs = GcsFiles(roots, lifetimes, clock)
        self._local = Place(OUTSIDE, OutsideStore(outside_roots), StoreSettings(""))
        self._datastores = [self._of_datastore(n, root) for n, root in enumerate(roots)]
        self._buckets: dict[str, Place] = {}
        for number, root in enumerate(roots):
            bucket, way = _bucket(root), self._datastores[number].way
            if bucket and bucket not in self._buckets:
                place = Place(f"{OUTSIDE}-{number}", self._cloud(bucket), way)
                self._buckets[bucket] = place
        self._fetched = [
            Place(f"store-{number}", FetchedHttpStore(way.root), way)
            for number, way in enumerate(ways.settings)
            if way.way == "proxy" and way.is_http
        ]
        places = (*self._datastores, *self._buckets.values(), *self._fetched)
        self._places = {place.label: place for place in (self._local, *places)}

    def __getitem__(self, label: str) -> Place:
        """Return a place by its name in URLs.

        Raises
        ------
        NotFoundError
            If there is no such place, or no more.
        """
        place = self._places.get(label)
        if place is None:
            raise NotFoundError("This URL names no file of this repository.")
        return place

    def find(self, file: FileRecord) -> Found:
        """Return what a record means.

        Raises
        ------
        ForbiddenError, NotFoundError, NotSupportedError
            If this file cannot be handed out.
        """
        record = RecordPath.parse(file.path)
        if record.scheme is None:
            place = self._datastores[file.datastore]
        else:
            place = self._outside(record)
        return Found(record, place, place.store.name(record))

    def find_if_any(self, file: FileRecord) -> Found | None:
        """Return what a record means, or `None` if that cannot be handed out."""
        try:
            return self.find(file)
        except (ForbiddenError, NotFoundError, NotSupportedError):
            return None

    def has(self, dataset: Dataset, label: str, name: str) -> bool:
        """Tell whether a name in a place is that of one of a dataset's files."""
        every = (self.find_if_any(file) for file in dataset.files)
        return any(f and (f.place.label, f.name) == (label, name) for f in every)

    def _of_datastore(self, number: int, root: str) -> Place:
        way = self._ways.of(root)
        return Place(str(number), self._store(root, way), way)

    def _store(self, root: str, way: StoreSettings) -> Store | LocalStore:
        scheme = root.partition("://")[0] if "://" in root else "file"
        if scheme == "file":
            return LocalStore(root, self._outside_roots)
        if scheme in {"http", "https"}:
            return FetchedHttpStore(root) if way.way == "proxy" else HttpStore(root)
        return self._cloud(root) if scheme in {"s3", "gs"} else UnsupportedStore(root)

    def _cloud(self, root: str) -> Store:
        return (self._s3 if root.startswith("s3:") else self._gcs).store(root)

    def _outside(self, record: RecordPath) -> Place:
        if record.scheme == "file":
            return self._local
        if record.scheme in {"s3", "gs"}:
            return self._in_bucket(record)
        way = self._ways.of(record.path)
        if record.scheme in {"http", "https"}:
            of_way = (place for place in self._fetched if place.way is way)
            return next(of_way, Place("", HttpStore(""), way))
        return Place("", UnsupportedStore(record.path), way)

    def _in_bucket(self, record: RecordPath) -> Place:
        place = self._buckets.get(_bucket(record.path) or "")
        if place is None:
            raise ForbiddenError(
                "This file lies in a bucket (or under a profile) that no datastore of "
                "this repository uses; an operator decides what a server may sign, by "
                "the roots of the datastores in butler.yaml."
            )
        return place


def _bucket(uri: str) -> str | None:
    """Return scheme and bucket, with profile, of a URI in a cloud."""
    scheme, separator, rest = uri.partition("://")
    if scheme not in {"s3", "gs"} or not separator:
        return None
    return f"{scheme}://{rest.partition('?')[0].partition('#')[0].partition('/')[0]}"
