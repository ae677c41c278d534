"""All files of one repository on S3: who signs for which bucket."""

import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from ....registry.config.s3_client import UnsignableError
from ..object_keys import bucket_and_key
from ..purposes import Lifetimes, Purpose
from ..store import UnsignedStore
from .signer import Signer, open_signers
from .store import S3Store

_logger = structlog.get_logger("butlery.server.files")


class S3Files:
    """All files of one repository that are on S3.

    Credentials are found when this is made. A bucket that cannot be signed is no
    error then: lookups go on, and only its files are refused.

    Parameters
    ----------
    roots
        Root of each datastore; those that are not on S3 are passed over.
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
        self._signers: dict[str, Mapping[Purpose, Signer] | str] = {}
        for root in roots:
            bucket = bucket_and_key(root)[0]
            if root.startswith("s3://") and bucket not in self._signers:
                self._signers[bucket] = _signers(bucket, lifetimes, clock)

    def store(self, root: str) -> S3Store | UnsignedStore:
        """Return the store of one of the roots, or of a whole bucket of them."""
        signers = self._signers[bucket_and_key(root)[0]]
        if isinstance(signers, str):
            return UnsignedStore("S3", signers)
        return S3Store(root, signers)


def _signers(
    bucket: str, lifetimes: Lifetimes, clock: Callable[[], float]
) -> Mapping[Purpose, Signer] | str:
    """Return a bucket's signers, or why there are none."""
    user, _, name = bucket.rpartition("@")
    profile = user.partition(":")[0] or None
    try:
        return open_signers(profile, name, lifetimes, clock)
    except UnsignableError as error:
        _logger.warning("s3-not-signed", bucket=name, reason=str(error))
        return str(error)
