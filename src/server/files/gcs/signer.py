"""Presigned URLs of Google Cloud Storage, in version 2.

The stock client knows these as presigned, and those of version 4 not. Source:
cloud.google.com/storage/docs/access-control/signed-urls-v2
"""

import os
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Protocol, Self
from urllib.parse import quote, urlencode

from cachetools import LRUCache

from ..purposes import Lifetimes, Purpose

_HOST = "https://storage.googleapis.com"
_MOST_URLS = 20_000
# A signature takes about a millisecond, so that one serves for a while: never for more
# than a sixth of its life.
_KEPT_SECONDS, _KEPT_PART = 60, 6


class KeyMissingError(Exception):
    """Nothing to sign with; the text says what to set."""


class Account(Protocol):
    """Somebody who may sign."""

    @property
    def email(self) -> str:
        """Their name."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return a signature (RSA with SHA-256)."""
        ...


class ServiceAccount:
    """A service account with its private key.

    Parameters
    ----------
    credentials
        Of google-auth, and able to sign.
    """

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    @classmethod
    def from_environment(cls) -> Self:
        """Return the account of Google's application credentials.

        Raises
        ------
        KeyMissingError
            If there is none, or it has no key of its own.
        """
        try:
            import google.auth
            from google.auth.credentials import Signing
            from google.auth.exceptions import GoogleAuthError
        except ImportError:
            raise KeyMissingError(
                "google-auth is not installed; install butlery[gcs]"
            ) from None
        try:
            credentials, _ = google.auth.default()
        except (GoogleAuthError, OSError, ValueError):
            # Its text may quote what it has read.
            raise KeyMissingError(
                "no credentials were found; name the file of a service account's key "
                "in GOOGLE_APPLICATION_CREDENTIALS"
            ) from None
        if not isinstance(credentials, Signing):
            raise KeyMissingError(
                "these credentials have no private key; name the file of a service "
                "account's key in GOOGLE_APPLICATION_CREDENTIALS"
            )
        return cls(credentials)

    @property
    def email(self) -> str:
        """Its name."""
        return str(self._credentials.signer_email)

    def sign(self, message: bytes) -> bytes:
        """Return a signature."""
        signature: bytes = self._credentials.sign_bytes(message)
        return signature


class BucketSigner:
    """Signs URLs of one bucket.

    Parameters
    ----------
    bucket
        Its name.
    account
        Who signs.
    lifetimes
        How long URLs work.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        bucket: str,
        account: Account,
        lifetimes: Lifetimes,
        clock: Callable[[], float],
    ) -> None:
        host = os.environ.get("STORAGE_EMULATOR_HOST") or _HOST
        self._host = host
        self._bucket = bucket
        self._account = account
        self._lifetimes = lifetimes
        self._clock = clock
        self._urls: LRUCache[tuple[str, Purpose], tuple[int, str]] = LRUCache(
            _MOST_URLS
        )

    def url(self, name: str, purpose: Purpose) -> str:
        """Return the URL of an object."""
        lifetime, now = self._lifetimes.of(purpose), int(self._clock())
        kept = self._urls.get((name, purpose))
        age = min(_KEPT_SECONDS, lifetime // _KEPT_PART)
        if kept is not None and 0 <= now - kept[0] < age:
            return kept[1]
        url = self._sign(name, purpose.method, now + lifetime)
        self._urls[name, purpose] = now, url
        return url

    def _sign(self, name: str, method: str, expires: int) -> str:
        resource = f"/{self._bucket}/{quote(name, safe='/~')}"
        message = f"{method}\n\n\n{expires}\n{resource}"
        signature = b64encode(self._account.sign(message.encode())).decode()
        query = {
            "Expires": expires,
            "GoogleAccessId": self._account.email,
            "Signature": signature,
        }
        return f"{self._host}{resource}?{urlencode(query)}"
