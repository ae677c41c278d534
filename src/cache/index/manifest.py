"""What a release index says of itself, in a small file beside it.

The manifest is published last: an index without one does not exist. The name of both
has the digest of the index file, so that the same name is always the same bytes.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from .layout import FORMAT

SUFFIX = ".index"
MANIFEST_SUFFIX = ".manifest.json"

_DIGEST_BYTES = 20
_CHUNK = 1 << 22


class UnusableIndexError(Exception):
    """A release index cannot be used; the message names it and says why."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an index.

    Parameters
    ----------
    name
        Of the file, without suffix.
    format
        Version of the layout.
    repository
        Identity of the repository's database and namespace.
    namespace
        PostgreSQL schema, or `None`.
    universe, universe_version
        Namespace and version of the dimension universe.
    moment
        What the database's gate said when it was read.
    collections, datasets, files, certifications
        How many there are of each.
    records
        Number of records by dimension element.
    size_bytes, digest
        Of the index file.
    """

    name: str
    format: int
    repository: str
    namespace: str | None
    universe: str
    universe_version: int
    moment: str
    collections: int
    datasets: int
    files: int
    certifications: int
    records: dict[str, int]
    size_bytes: int
    digest: str


_decoder = msgspec.json.Decoder(Manifest)


def read_manifest(path: Path) -> Manifest:
    """Return a manifest.

    Raises
    ------
    UnusableIndexError
        If it cannot be read, or is of another format.
    """
    try:
        document = path.read_bytes()
        manifest = _decoder.decode(document)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnusableIndexError(
            f"{path.name}: no manifest of an index: {error}"
        ) from error
    if manifest.format != FORMAT:
        raise UnusableIndexError(
            f"{path.name}: its format is {manifest.format}, and this version of "
            f"Butlery knows {FORMAT} only; build it again, or use the Butlery that "
            "made it"
        )
    if path.name != manifest.name + MANIFEST_SUFFIX:
        raise UnusableIndexError(f"{path.name}: it is the manifest of {manifest.name}")
    return manifest


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    path.write_bytes(text + b"\n")


def digest_of(file: BinaryIO, progress: Callable[[int], None] = lambda _: None) -> str:
    """Return the digest of a file's bytes.

    Parameters
    ----------
    progress
        Is told how many more bytes were read.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        progress(len(chunk))
    return digest.hexdigest()
