"""Presigned URLs of signature version 4.

Source: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import time
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from urllib.parse import quote

from ..keyed_hash import KeyedHash
from .credentials import Keys
from .signature import Signature


@dataclass(frozen=True, slots=True, repr=False)
class _Moment:
    """What all URLs that are signed in one second have in common."""

    second: int
    keyed: KeyedHash
    before_key: str
    after_key: str
    before_digest: str
    query: str


class SignatureV4(Signature[_Moment]):
    """Signs URLs of one bucket in version 4."""

    def _url(self, key: str, moment: _Moment) -> str:
        request = f"{moment.before_key}{key}{moment.after_key}".encode()
        to_sign = f"{moment.before_digest}{sha256(request).hexdigest()}".encode()
        signature = moment.keyed.digest(to_sign).hex()
        return f"{self._base}{key}{moment.query}{signature}"

    def _begin(self, second: int) -> _Moment:
        keys, endpoint = self._keyring.current(second), self._endpoint
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        scope = [at[:8], endpoint.region, endpoint.service, "aws4_request"]
        named = {
            "Algorithm": "AWS4-HMAC-SHA256",
            "Credential": "/".join([keys.access_key, *scope]),
            "Date": at,
            "Expires": str(self._life(keys, second)),
            "SignedHeaders": "host",
        }
        if keys.token is not None:
            named["Security-Token"] = keys.token
        pairs = [
            f"X-Amz-{name}={quote(value, safe='')}" for name, value in named.items()
        ]
        return _Moment(
            second,
            KeyedHash(_signing_key(keys, scope), sha256),
            f"{self._method}\n{endpoint.path}",
            f"\n{'&'.join(sorted(pairs))}\nhost:{endpoint.host}\n\nhost\n"
            "UNSIGNED-PAYLOAD",
            f"AWS4-HMAC-SHA256\n{at}\n{'/'.join(scope)}\n",
            f"?{'&'.join(pairs)}&X-Amz-Signature=",
        )


def _signing_key(keys: Keys, scope: list[str]) -> bytes:
    return reduce(
        lambda key, part: KeyedHash(key, sha256).digest(part.encode()),
        scope,
        f"AWS4{keys.secret_key}".encode(),
    )
