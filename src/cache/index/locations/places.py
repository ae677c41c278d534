"""Finds a location by what people write."""

from functools import lru_cache
from pathlib import Path

from ....registry.config.resources import local_path
from .folder import FolderLocation
from .location import Location
from .s3 import S3Location


@lru_cache(maxsize=16)  # a client of an object store takes long to make
def location_of(text: str) -> Location:
    """Return the location of a folder or an ``s3://`` URL.

    Raises
    ------
    ValueError
        If it is neither.
    OSError
        If there are no credentials for it.
    """
    scheme = text.partition("://")[0] if "://" in text else "file"
    if scheme == "s3":
        return S3Location(text)
    if scheme == "file":
        return FolderLocation(Path(local_path(text)))
    raise ValueError(f"{text} is no place for indexes; give a folder or s3://…")
