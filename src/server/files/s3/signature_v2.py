"""Presigned URLs of signature version 2.

botocore still makes these unless region or configuration forbid it. Source:
docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
"""

from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import quote

from ..keyed_hash import KeyedHash
from .credentials import Keyring
from .endpoint import Endpoint


@dataclass(frozen=True, slots=True, repr=False)
class _Moment:
    """What all URLs that are signed in one second have in common."""

    second: int
    keyed: KeyedHash
    before_key: str
    before_signature: str
    after_signature: str


class SignatureV2:
    """Signs URLs of one bucket.

    Parameters
    ----------
    endpoint
        The bucket.
    keyring
        What to sign with.
    lifetime_seconds
        How long a URL works.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        keyring: Keyring,
        lifetime_seconds: int,
        clock: Callable[[], float],
    ) -> None:
        self._endpoint = endpoint
        self._base = endpoint.base
        self._keyring = keyring
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._moment = self._begin(int(clock()))

    def url(self, key: str) -> str:
        """Return the URL of a quoted key."""
        moment, second = self._moment, int(self._clock())
        if moment.second != second:
            moment = self._moment = self._begin(second)
        digest = moment.keyed.digest(f"{moment.before_key}{key}".encode())
        signature = b2a_base64(digest, newline=False).decode()
        signature = (
            signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        )
        return (
            f"{self._base}{key}{moment.before_signature}{signature}"
            f"{moment.after_signature}"
        )

    def _begin(self, second: int) -> _Moment:
        keys = self._keyring.current(second)
        expires = second + self._lifetime_seconds
        header = f"x-amz-security-token:{keys.token}\n" if keys.token else ""
        token = (
            f"&x-amz-security-token={quote(keys.token, safe='')}" if keys.token else ""
        )
        return _Moment(
            second,
            KeyedHash(keys.secret_key.encode(), sha1),
            f"GET\n\n\n{expires}\n{header}/{self._endpoint.bucket}/",
            f"?AWSAccessKeyId={quote(keys.access_key, safe='')}&Signature=",
            f"{token}&Expires={expires}",
        )
