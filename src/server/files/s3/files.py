"""All files of one repository on S3: who signs for which bucket."""

import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from ....protocol.errors import ForbiddenError
from ....registry.config.s3_client import UnsignableError
from ..paths import MakeUrl, RecordPath
from .object_keys import bucket_and_key
from .signer import Signer, open_signer
from .store import S3Store, UnsignedStore

_logger = structlog.get_logger("butlery.server.files")


class S3Files:
    """All files of one repository that are on S3.

    Credentials are found when this is made. A bucket that cannot be signed is no
    error then: lookups go on, and only its files are refused.

    Parameters
    ----------
    roots
        Root of each datastore; those that are not on S3 are passed over.
    lifetime_seconds
        How long a URL works.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        roots: Sequence[str],
        lifetime_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stores: dict[str, S3Store | UnsignedStore] = {}
        signers: dict[str, Signer | str] = {}
        for root in roots:
            if not root.startswith("s3://"):
                continue
            bucket = bucket_and_key(root)[0]
            if bucket not in signers:
                signers[bucket] = _signer(bucket, lifetime_seconds, clock)
            signer = signers[bucket]
            self._stores[root] = (
                UnsignedStore(signer)
                if isinstance(signer, str)
                else S3Store(root, signer)
            )
        self.outside = OutsideStore(
            {bucket_and_key(root)[0]: store for root, store in self._stores.items()}
        )

    def store(self, root: str) -> S3Store | UnsignedStore:
        """Return the store of one of the roots."""
        return self._stores[root]


class OutsideStore:
    """URLs for absolute paths: only in buckets that have a datastore's root."""

    def __init__(self, by_bucket: Mapping[str, S3Store | UnsignedStore]) -> None:
        self._by_bucket = by_bucket

    def locate(self, path: RecordPath) -> MakeUrl:
        """Return what signs URLs."""
        store = self._by_bucket.get(bucket_and_key(path.path)[0])
        if store is None:
            raise ForbiddenError(
                "This file lies in a bucket (or under a profile) that no datastore of "
                "this repository uses; an operator decides what a server may sign, by "
                "the roots of the datastores in butler.yaml."
            )
        return store.locate(path)


def _signer(
    bucket: str, lifetime_seconds: int, clock: Callable[[], float]
) -> Signer | str:
    """Return a bucket's signer, or why there is none."""
    user, _, name = bucket.rpartition("@")
    profile = user.partition(":")[0] or None
    try:
        return open_signer(profile, name, lifetime_seconds, clock)
    except UnsignableError as error:
        _logger.warning("s3-not-signed", bucket=name, reason=str(error))
        return str(error)
