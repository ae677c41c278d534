"""Download URLs of files on Google Cloud Storage: signed here, once in a while."""

from .files import GcsFiles

__all__ = ["GcsFiles"]
