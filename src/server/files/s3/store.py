"""The URLs of one datastore on S3."""

from urllib.parse import quote

from ....protocol.errors import NotFoundError, NotSupportedError
from ..paths import RecordPath
from .object_keys import absolute_key, below_root, is_plain, prefix_of, quote_key
from .signer import Signer


class S3Store:
    """URLs for one datastore on S3."""

    def __init__(self, root: str, signer: Signer) -> None:
        self._prefix = quote(prefix_of(root))
        self._signer = signer

    def url(self, path: RecordPath, base_url: str) -> str:
        """Return a URL that S3 lets pass; whether the file exists is not looked at."""
        del base_url
        text = path.path
        if path.scheme is None and is_plain(text):
            return self._signer.url(self._prefix + text) + path.fragment
        if path.scheme is None:
            prefix, key = self._prefix, below_root(text)
        else:
            prefix, key = "", absolute_key(text)
        if not key:  # S3 would list the bucket
            raise NotFoundError("This record names no file on S3.")
        return self._signer.url(prefix + quote_key(key)) + path.fragment


class UnsignedStore:
    """A datastore on S3 for which nothing can be signed."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def url(self, path: RecordPath, base_url: str) -> str:
        """Refuse, with the reason."""
        del path, base_url
        raise NotSupportedError(
            "This server cannot sign URLs for this file on S3, and its operator has "
            f"to change that: {self._reason}."
        )
