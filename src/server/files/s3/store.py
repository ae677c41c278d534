"""The URLs of one datastore on S3."""

from urllib.parse import quote

from ....protocol.errors import NotFoundError, NotSupportedError
from ..paths import MakeUrl, RecordPath
from .object_keys import absolute_key, below_root, is_plain, prefix_of, quote_key
from .signer import Signer


class S3Store:
    """URLs for one datastore on S3."""

    def __init__(self, root: str, signer: Signer) -> None:
        self._prefix = quote(prefix_of(root))
        self._signer = signer

    def locate(self, path: RecordPath) -> MakeUrl:
        """Return what signs URLs; whether the file exists is not looked at."""
        sign, key, fragment = self._signer.url, self._key(path), path.fragment
        return lambda _: sign(key) + fragment

    def _key(self, path: RecordPath) -> str:
        """Return the quoted key of a file."""
        text = path.path
        if path.scheme is None and is_plain(text):
            return self._prefix + text
        if path.scheme is None:
            prefix, key = self._prefix, below_root(text)
        else:
            prefix, key = "", absolute_key(text)
        if not key:  # S3 would list the bucket
            raise NotFoundError("This record names no file on S3.")
        return prefix + quote_key(key)


class UnsignedStore:
    """A datastore on S3 for which nothing can be signed."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def locate(self, path: RecordPath) -> MakeUrl:
        """Refuse, with the reason."""
        del path
        raise NotSupportedError(
            "This server cannot sign URLs for this file on S3, and its operator has "
            f"to change that: {self._reason}."
        )
