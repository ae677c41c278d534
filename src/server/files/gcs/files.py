"""All files of one repository on Google Cloud Storage."""

import time
from collections.abc import Callable, Sequence

import structlog

from ..object_keys import bucket_and_key
from ..purposes import Lifetimes
from ..store import UnsignedStore
from .signer import BucketSigner, KeyMissingError, ServiceAccount
from .store import GcsStore

_logger = structlog.get_logger("butlery.server.files")


class GcsFiles:
    """All files of one repository that are on Google Cloud Storage.

    The service account's key is found when this is made. If there is none, that is no
    error then: lookups go on, and only these files are refused.

    Parameters
    ----------
    roots
        Root of each datastore; those elsewhere are passed over.
    lifetimes
        How long URLs work.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        roots: Sequence[str],
        lifetimes: Lifetimes,
        clock: Callable[[], float] = time.time,
    ) -> None:
        buckets = {bucket_and_key(r)[0] for r in roots if r.startswith("gs://")}
        self._signers: dict[str, BucketSigner] = {}
        self._reason = ""
        if not buckets:
            return
        try:
            account = ServiceAccount.from_environment()
        except KeyMissingError as error:
            _logger.warning("gcs-not-signed", reason=str(error))
            self._reason = str(error)
        else:
            for bucket in buckets:
                signer = BucketSigner(bucket, account, lifetimes, clock)
                self._signers[bucket] = signer

    def store(self, root: str) -> GcsStore | UnsignedStore:
        """Return the store of one of the roots, or of a whole bucket of them."""
        signer = self._signers.get(bucket_and_key(root)[0])
        if signer is None:
            return UnsignedStore("Google Cloud Storage", self._reason)
        return GcsStore(root, signer)
