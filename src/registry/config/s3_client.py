"""botocore's client for a profile, made as ``lsst.resources`` makes its own.

Differs from ``lsst.resources.s3utils`` only in what has no influence on URLs. All
errors here are texts of ours: those of parsers quote what they read, secrets too.
"""

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

NO_CREDENTIALS = (
    "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "name a file that has them in AWS_SHARED_CREDENTIALS_FILE"
)


class UnsignableError(Exception):
    """A bucket that cannot be reached, or signed for; its text says what to set."""


@dataclass(frozen=True, slots=True, repr=False)
class Client:
    """A client that has made no connection, and where its credentials come from."""

    client: Any
    issuer: Any
    changing: bool


def make_client(profile: str | None) -> Client:
    """Return the client of a profile (`None`: the default).

    Raises
    ------
    UnsignableError
        If credentials or the profile are missing or cannot be read.
    """
    import boto3
    from botocore.credentials import RefreshableCredentials
    from botocore.exceptions import BotoCoreError, ProfileNotFound
    from botocore.handlers import validate_bucket_name

    endpoint_url, access_key, secret_key = _settings(profile)
    try:
        session = boto3.Session(
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            profile_name=profile if access_key is None else None,
        )
        client: Any = session.client("s3", endpoint_url=endpoint_url)
        issuer = session.get_credentials()
    except ProfileNotFound:
        raise UnsignableError(
            f"there is no profile {profile or os.environ.get('AWS_PROFILE')!r}; set "
            f"{_variable(profile or 'name')} to https://KEY:SECRET@host, or add the "
            "profile to the file named by AWS_SHARED_CREDENTIALS_FILE"
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise UnsignableError(
            f"botocore cannot be set up ({type(error).__name__}); check the files of "
            "AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, and the endpoint in "
            f"{_variable(profile) + ' or ' if profile else ''}S3_ENDPOINT_URL"
        ) from None
    if issuer is None:
        raise UnsignableError(NO_CREDENTIALS)
    if not _validates_buckets():
        client.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    return Client(client, issuer, isinstance(issuer, RefreshableCredentials))


def _variable(profile: str) -> str:
    return f"LSST_RESOURCES_S3_PROFILE_{profile}"


def _settings(profile: str | None) -> tuple[str | None, str | None, str | None]:
    """Return endpoint, access key and secret key, as far as variables name them."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import Url, parse_url

    variable = _variable(profile) if profile else "S3_ENDPOINT_URL"
    if not os.environ.get(variable):
        variable = "S3_ENDPOINT_URL"
    text = os.environ.get(variable)
    if not text:
        return None, None, None
    try:
        url = parse_url(text)
    except LocationParseError:
        raise UnsignableError(f"{variable} is not a URL") from None
    plain = Url(host=url.host, path=url.path, port=url.port, scheme=url.scheme).url
    if not url.auth:
        return plain, None, None
    keys = url.auth.split(":")
    if len(keys) != len(("access key", "secret key")):
        raise UnsignableError(f"{variable} must look like https://KEY:SECRET@host")
    return plain, unquote(keys[0]), unquote(keys[1])


def _validates_buckets() -> bool:
    """Tell whether names are checked; Ceph's ``tenant:bucket`` would not pass."""
    text = os.environ.get("LSST_DISABLE_BUCKET_VALIDATION", "0")
    return re.search(r"^(0|f|n|false)?$", text, re.IGNORECASE) is not None
