"""Presigned URLs of signature version 2.

botocore still makes these unless region or configuration forbid it. Source:
docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
"""

from binascii import b2a_base64
from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import quote

from ..keyed_hash import KeyedHash
from .signature import Signature


@dataclass(frozen=True, slots=True, repr=False)
class _Moment:
    """What all URLs that are signed in one second have in common."""

    second: int
    keyed: KeyedHash
    before_key: str
    before_signature: str
    after_signature: str


class SignatureV2(Signature[_Moment]):
    """Signs URLs of one bucket in version 2."""

    def _url(self, key: str, moment: _Moment) -> str:
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
        expires = second + self._life(keys, second)
        header = f"x-amz-security-token:{keys.token}\n" if keys.token else ""
        token = (
            f"&x-amz-security-token={quote(keys.token, safe='')}" if keys.token else ""
        )
        return _Moment(
            second,
            KeyedHash(keys.secret_key.encode(), sha1),
            f"{self._method}\n\n\n{expires}\n{header}/{self._endpoint.bucket}/",
            f"?AWSAccessKeyId={quote(keys.access_key, safe='')}&Signature=",
            f"{token}&Expires={expires}",
        )
