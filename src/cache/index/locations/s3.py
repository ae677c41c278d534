"""Indexes in an object store: ``s3://[profile@]bucket/prefix``.

An object appears when all of it has arrived, so that a push that was interrupted has
left nothing that anybody sees.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ....registry.config.s3_client import UnsignableError, make_client
from ..library import IndexLibrary, Progress
from ..manifest import (
    MANIFEST_SUFFIX,
    SUFFIX,
    Manifest,
    decode_manifest,
    encode_manifest,
)
from .location import Entry, newest_first

_CHUNK = 1 << 20


class S3Location:
    """One prefix of a bucket.

    Parameters
    ----------
    text
        Its URL; the profile says endpoint and credentials, as for datastores.

    Raises
    ------
    OSError
        If there are no credentials.
    ValueError
        If it names no bucket.
    """

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        profile, _, self._bucket = parts.netloc.rpartition("@")
        if not self._bucket:
            raise ValueError(f"{text} names no bucket; give s3://BUCKET/PREFIX")
        self.text = text
        prefix = parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        try:
            self._client: Any = make_client(profile or None).client
        except UnsignableError as error:
            raise OSError(f"{text}: {error}") from error

    def entries(self, repository: str | None) -> list[Entry]:
        """Return what is there, the newest first."""
        manifests, sizes = {}, {}
        start = self._prefix + ("" if repository is None else f"{repository}-")
        for each in self._listed(start):
            name = each["Key"].removeprefix(self._prefix)
            if name.endswith(SUFFIX):
                sizes[name.removesuffix(SUFFIX)] = each["Size"]
            elif name.endswith(MANIFEST_SUFFIX):
                found = name.removesuffix(MANIFEST_SUFFIX)
                manifests[found] = each["LastModified"].timestamp()
        return newest_first(
            Entry(modified, name, sizes.get(name, -1))
            for name, modified in manifests.items()
        )

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of an index."""
        with self._explained():
            document = self._get(name + MANIFEST_SUFFIX).read()
        return decode_manifest(document, name)

    @contextmanager
    def chunks(self, name: str) -> Iterator[Iterator[bytes]]:
        """Have the bytes of an index's file, piece by piece."""
        with self._explained():
            body = self._get(name + SUFFIX)
        try:
            yield self._chunks_of(body)
        finally:
            body.close()

    def put(
        self, library: IndexLibrary, manifest: Manifest, progress: Progress
    ) -> None:
        """Copy an index of a library here."""
        library.ensure_verified(manifest)
        key = self._prefix + manifest.name
        path = str(library.path(manifest))
        with self._explained():
            self._client.upload_file(
                path, self._bucket, key + SUFFIX, Callback=progress
            )
            self._client.put_object(
                Bucket=self._bucket,
                Key=key + MANIFEST_SUFFIX,
                Body=encode_manifest(manifest),
            )

    def _listed(self, start: str) -> Iterator[dict[str, Any]]:
        with self._explained():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(
                Bucket=self._bucket, Prefix=start, Delimiter="/"
            ):
                yield from page.get("Contents", ())

    def _get(self, name: str) -> Any:
        key = self._prefix + name
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"]

    def _chunks_of(self, body: Any) -> Iterator[bytes]:
        with self._explained():
            yield from body.iter_chunks(_CHUNK)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise OSError(f"{self.text}: {error}") from error
