"""The choice of a bucket's signature: botocore signs one key, and decides by that."""

import time
from calendar import timegm
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qs, quote, urlsplit

from ....registry.config.s3_client import (
    NO_CREDENTIALS,
    Client,
    UnsignableError,
    make_client,
)
from ..purposes import Lifetimes, Purpose
from .credentials import Keyring
from .endpoint import Endpoint
from .signature_v2 import SignatureV2
from .signature_v4 import SignatureV4

# Has what implementations quote differently; nothing is asked of S3 about it.
_PROBE = "butlery probe/~a+b%20='é'/./x"
# No credentials end sooner, so that theirs is never the shorter life.
_PROBE_SECONDS = 1


class Signer(Protocol):
    """Signs URLs of one bucket."""

    def url(self, key: str) -> str:
        """Return the URL of a quoted key."""
        ...


def open_signers(
    profile: str | None,
    bucket: str,
    lifetimes: Lifetimes,
    clock: Callable[[], float] = time.time,
) -> Mapping[Purpose, Signer]:
    """Return the signers of a bucket, after one has made the same URL as botocore.

    Temporary credentials may be fetched for it; nothing else uses the network.

    Raises
    ------
    UnsignableError
        If credentials are missing, or botocore signs in a way that is not known here.
    """
    client = make_client(profile)
    expected = _presigned(client, bucket)
    try:
        keyring = Keyring(client.issuer, changing=client.changing, second=int(clock()))
    except Exception as error:  # noqa: BLE001 - of any issuer, and its network
        raise _unusable(error) from None
    parts = _parts(expected, bucket)
    if parts is None:
        raise UnsignableError("botocore makes URLs of a kind that is not known here")
    kind, endpoint, second = parts
    probe = kind(endpoint, keyring, _PROBE_SECONDS, lambda: second)
    if probe.url(quote(_PROBE)) != expected:
        raise UnsignableError("botocore signs in a way that is not known here")
    return {
        purpose: kind(endpoint, keyring, lifetimes.of(purpose), clock, purpose.method)
        for purpose in Purpose
    }


def _presigned(client: Client, bucket: str) -> str:
    from botocore.exceptions import NoCredentialsError, ParamValidationError

    try:
        url: str = client.client.generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": _PROBE},
            ExpiresIn=_PROBE_SECONDS,
        )
    except NoCredentialsError:
        raise UnsignableError(NO_CREDENTIALS) from None
    except ParamValidationError:
        raise UnsignableError(
            f"{bucket!r} is no name of a bucket; for tenant:bucket set "
            "LSST_DISABLE_BUCKET_VALIDATION=1"
        ) from None
    except Exception as error:  # noqa: BLE001 - of any issuer, and its network
        raise _unusable(error) from None
    return url


def _unusable(error: Exception) -> UnsignableError:
    # Its text and traceback may show what an issuer of credentials was told.
    return UnsignableError(f"botocore cannot sign ({type(error).__name__})")


def _parts(
    url: str, bucket: str
) -> tuple[type[SignatureV2 | SignatureV4], Endpoint, int] | None:
    """Return kind, endpoint and second of a URL that botocore signed."""
    values = {name: v for name, (v, *_) in parse_qs(urlsplit(url).query).items()}
    kind: type[SignatureV2 | SignatureV4]
    if "X-Amz-Credential" in values:
        *_, region, service, _end = values["X-Amz-Credential"].split("/")
        kind, place = SignatureV4, (region, service)
        at = time.strptime(values["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        second = timegm(at)
    elif "AWSAccessKeyId" in values:
        kind, place = SignatureV2, ("", "")
        second = int(values["Expires"]) - _PROBE_SECONDS
    else:
        return None
    endpoint = Endpoint.from_url(url, bucket, quote(_PROBE), *place)
    return None if endpoint is None else (kind, endpoint, second)
