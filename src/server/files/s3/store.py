"""The files of one datastore on S3."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

from ....protocol.errors import NotFoundError
from ..object_keys import absolute_key, below_root, is_plain, prefix_of, quote_key
from ..paths import RecordPath
from ..purposes import Purpose
from .signature_v2 import SignatureV2
from .signer import Signer


class S3Store:
    """The files of one datastore on S3; names are keys without the root's prefix.

    Parameters
    ----------
    root
        What keys begin with.
    signers
        Of its bucket.
    """

    is_costly = False

    def __init__(self, root: str, signers: Mapping[Purpose, Signer]) -> None:
        self._prefix = quote(prefix_of(root))
        self._signers = signers

    @property
    def is_probed(self) -> bool:
        """Whether the stock client knows its URLs as presigned: those of version 2."""
        return isinstance(self._signers[Purpose.PUBLIC], SignatureV2)

    def name(self, path: RecordPath) -> str:
        """Return the key behind the prefix; absolute paths must be without one."""
        text = path.path
        if path.scheme is None and is_plain(text):
            return text
        name = below_root(text) if path.scheme is None else absolute_key(text)
        if not name:  # S3 would list the bucket
            raise NotFoundError("This record names no file on S3.")
        return name

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Return what signs URLs."""
        key = self._prefix + (name if is_plain(name) else quote_key(name))
        return partial(self._signers[purpose].url, key)
