"""Signed URLs of this server's own files.

A signature covers repository, user, file, class of methods and expiry, so that
none of them can be exchanged. The query parameters are called ``Signature`` and
``Expires`` because the stock client recognises a presigned URL only by these.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlencode

from ...protocol.errors import ForbiddenError

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
        self._key = key
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock

    def query(self, repository: str, file: str, *, user: str = "") -> str:
        """Return the query string that admits reading ``file``."""
        expires = str(int(self._clock()) + self._lifetime_seconds)
        signature = self._signature(repository, user, file, "GET", expires)
        named = {"User": user} if user else {}
        return urlencode({**named, "Signature": signature, "Expires": expires})

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
            parts.append(b"%d:%s" % (len(data), data))  # lengths: no two lists agree
        digest = hmac.new(self._key, b"".join(parts), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
