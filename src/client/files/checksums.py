"""Checksums of files, as datastores record them: of what kind, their length tells."""

import re
from pathlib import Path
from typing import Any

_PIECE_BYTES = 2**20
_HEX = re.compile(r"[0-9a-fA-F]+")
_KINDS = {32: "md5", 40: "sha1", 64: "sha256", 128: "blake2b"}
"""By number of digits; daf_butler computes the last."""


def hash_for(checksum: str | None) -> Any:
    """Return what computes such a checksum; `None` if its kind is unknown."""
    if checksum is None or not _HEX.fullmatch(checksum):
        return None
    kind = _KINDS.get(len(checksum))
    if kind is None:
        return None
    import hashlib

    return hashlib.new(kind, usedforsecurity=False)


def digested(place: Path, computed: Any) -> Any:
    """Return what computes a checksum, after all of a file."""
    with place.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            computed.update(piece)
    return computed


def fits(computed: Any, checksum: str | None) -> bool:
    """Tell whether the checksum that was computed is the one that was recorded."""
    if computed is None or checksum is None:
        return True
    digest: str = computed.hexdigest()
    return digest == checksum.lower()
