"""Signed URLs of this server's own files.

A signature covers repository, user, file, class of methods and expiry, so that
none of them can be exchanged. The query parameters are called ``Signature`` and
``Expires`` because the stock client recognises a presigned URL only by these.
"""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Literal
from urllib.parse import quote_plus

from ...protocol.errors import ForbiddenError
from .keyed_hash import KeyedHash

MethodClass = Literal["GET"]
"""Methods that one signature admits: ``GET`` stands for ``GET`` and ``HEAD``."""

_VERSION = b"butlery-url-1"


class UrlSigner:
    """Signs and checks URLs with one secret.

    Parameters
    ----------
    key
        The secret, shared by all workers.
    lifetime_seconds
        How long a URL works.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        key: bytes,
        lifetime_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lifetime_seconds = lifetime_seconds
        self._keyed = KeyedHash(key, sha256)
        self._clock = clock
        self._expiry = (-1, "")

    def query(self, repository: str, file: str, *, user: str = "") -> str:
        """Return the query string that admits reading ``file``."""
        second, expires = self._expiry
        now = int(self._clock())
        if now != second:
            expires = str(now + self.lifetime_seconds)
            self._expiry = (now, expires)
        signature = self._signature(repository, user, file, "GET", expires)
        named = f"User={quote_plus(user)}&" if user else ""
        return f"{named}Signature={signature}&Expires={expires}"

    def check(
        self, repository: str, file: str, *, user: str, expires: str, signature: str
    ) -> None:
        """Check the query parameters of a request.

        Raises
        ------
        ForbiddenError
            If the signature was not made for this file, or has expired.
        """
        expected = self._signature(repository, user, file, "GET", expires)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise ForbiddenError(
                "This URL is not signed for this file; ask the Butler for a new one."
            )
        if int(expires) < self._clock():
            raise ForbiddenError(
                "This file URL has expired; ask the Butler for a new one."
            )

    def _signature(
        self, repository: str, user: str, file: str, methods: MethodClass, expires: str
    ) -> str:
        parts = [_VERSION]
        for part in (repository, user, file, methods, expires):
            data = part.encode("utf-8", "surrogateescape")
            parts.append(b"%d:%b" % (len(data), data))  # lengths: no two lists agree
        digest = self._keyed.digest(b"".join(parts))
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
