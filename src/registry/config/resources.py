"""Reads small configuration files from wherever a URI points to."""

import os
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import urlopen

from ..errors import RepositoryError

_REMOTE_SCHEMES = ("http", "https", "s3")
_TIMEOUT_SECONDS = 30


def scheme_of(uri: str) -> str:
    """Return the scheme of ``uri``; plain paths have ``file``.

    Raises
    ------
    RepositoryError
        If it looks like a URL and is none.
    """
    try:
        return urlsplit(uri).scheme or "file"
    except ValueError as error:
        raise RepositoryError(f"{uri} is not a URL: {error}") from error


def local_path(uri: str) -> Path:
    """Return the absolute path of a plain path or ``file`` URI."""
    parts = urlsplit(uri)
    path = unquote(parts.path) if parts.scheme == "file" else uri
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 - keeps links


def join(folder: str, name: str) -> str:
    """Return the URI of ``name`` relative to the folder URI ``folder``."""
    if scheme_of(name) != "file" or name.startswith("/"):
        return name
    if scheme_of(folder) == "file":
        return str(local_path(folder) / name)
    if scheme_of(folder) == "s3":
        return f"{folder.rstrip('/')}/{name}"
    return urljoin(folder.rstrip("/") + "/", name)


def parent(uri: str) -> str:
    """Return the URI of the folder that holds ``uri``, without a final slash."""
    if scheme_of(uri) == "file":
        return str(local_path(uri).parent)
    return uri.rpartition("/")[0]


def read(uri: str) -> str:
    """Return the text at ``uri``.

    Raises
    ------
    RepositoryError
        If nothing can be read there.
    """
    scheme = scheme_of(uri)
    try:
        if scheme == "file":
            return local_path(uri).read_text()
        if scheme == "s3":
            return _read_s3(uri)
        if scheme in _REMOTE_SCHEMES:
            with urlopen(uri, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - above
                text: str = response.read().decode()
                return text
    except (OSError, URLError, HTTPException, ValueError) as error:
        raise RepositoryError(f"cannot read {uri}: {error}") from error
    raise RepositoryError(
        f"cannot read {uri}: the scheme {scheme!r} is not one of file, s3, http, https"
    )


def _read_s3(uri: str) -> str:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(uri)
    profile, _, bucket = parts.netloc.rpartition("@")
    try:
        session = boto3.Session(profile_name=profile or None)
        client = session.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT_URL"))
        body = client.get_object(Bucket=bucket, Key=parts.path.lstrip("/"))["Body"]
        text: str = body.read().decode()
    except (BotoCoreError, ClientError) as error:
        raise RepositoryError(f"cannot read {uri}: {error}") from error
    return text
