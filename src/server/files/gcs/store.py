"""The files of one datastore on Google Cloud Storage."""

from collections.abc import Callable
from functools import partial

from ....protocol.errors import NotFoundError
from ..object_keys import absolute_key, below_root, prefix_of
from ..paths import RecordPath
from ..purposes import Purpose
from .signer import BucketSigner


class GcsStore:
    """The files of one datastore; names are those of objects without the root's prefix.

    Parameters
    ----------
    root
        What names of objects begin with.
    signer
        Of its bucket.
    """

    is_probed = True  # version 2 is what the stock client knows as presigned
    is_costly = True  # RSA

    def __init__(self, root: str, signer: BucketSigner) -> None:
        self._prefix = prefix_of(root)
        self._signer = signer

    def name(self, path: RecordPath) -> str:
        """Return the name behind the prefix; absolute paths must be without one."""
        text = path.path
        name = below_root(text) if path.scheme is None else absolute_key(text)
        if not name:  # the bucket would be listed
            raise NotFoundError("This record names no file on Google Cloud Storage.")
        return name

    def signing(self, name: str, purpose: Purpose) -> Callable[[], str]:
        """Return what signs URLs."""
        return partial(self._signer.url, self._prefix + name, purpose)
