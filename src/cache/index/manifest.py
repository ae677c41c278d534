"""What a release index says of itself, in a small file beside it.

The manifest is published last: an index without one does not exist. The name of both
has the digest of the index file, so that the same name is always the same bytes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
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
    read_at
        When its reading began: what changed since is not in it.
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
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


class _Format(msgspec.Struct):
    format: int


_decoder = msgspec.json.Decoder(Manifest)
_format_decoder = msgspec.json.Decoder(_Format)
_NAME = re.compile(r"[0-9a-z]+-[0-9a-f]+")


def read_manifest(path: Path) -> Manifest:
    """Return a manifest.

    Raises
    ------
    UnusableIndexError
        If it is damaged, or of another format.
    OSError
        If it cannot be read.
    """
    return decode_manifest(path.read_bytes(), path.name.removesuffix(MANIFEST_SUFFIX))


def decode_manifest(document: bytes, name: str) -> Manifest:
    """Return the manifest that is kept under a name.

    Raises
    ------
    UnusableIndexError
        If it is damaged, or of another format.
    """
    try:
        number = _format_decoder.decode(document).format
        manifest = _decoder.decode(document) if number == FORMAT else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnusableIndexError(
            f"{name}: its manifest is damaged: {error}; fetch it again, or build it "
            "again"
        ) from error
    if manifest is None:
        raise UnusableIndexError(
            f"{name}: its format is {number}, and this version of Butlery "
            f"knows {FORMAT} only; build it again, or use the Butlery that made it"
        )
    if manifest.name != name:
        raise UnusableIndexError(f"{name}: its manifest is that of {manifest.name!r}")
    # The name becomes a path: it must not lead elsewhere.
    if not _NAME.fullmatch(name) or name != name_of(
        manifest.repository, manifest.digest
    ):
        raise UnusableIndexError(
            f"{name}: its manifest is that of another repository or file"
        )
    return manifest


def name_of(repository: str, digest: str) -> str:
    """Return what an index of a repository is called."""
    return f"{repository}-{digest}"


def encode_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as it is kept."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def digest_of(file: BinaryIO, progress: Callable[[int], None] = lambda _: None) -> str:
    """Return the digest of a file's bytes.

    Parameters
    ----------
    progress
        Is told how many more bytes were read.
    """
    return digest_of_chunks(chunks_of(file), lambda chunk: progress(len(chunk)))


def digest_of_chunks(
    chunks: Iterable[bytes], take: Callable[[bytes], object] = lambda _: None
) -> str:
    """Return the digest of bytes that come piece by piece; each is then passed on."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for chunk in chunks:
        digest.update(chunk)
        take(chunk)
    return digest.hexdigest()


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file, piece by piece."""
    while chunk := file.read(_CHUNK):
        yield chunk
