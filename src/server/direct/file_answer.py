"""The answer about one dataset's files, encoded once but for the URLs in it."""

from typing import Any

import msgspec

from ...cache import Dataset
from ...protocol.files import FileArtifact, FileInfo, GetFileResponse
from ...protocol.scalars import encode_json
from ..files.access import FileAccess, as_sent
from ..files.recipient import Recipient
from ..routes.datasets import wire_ref


class FileAnswer:
    """What ``get_file`` says about a dataset, at any time and to anybody.

    Parameters
    ----------
    dataset
        What it is about.
    access
        The way to its files.

    Raises
    ------
    ForbiddenError, NotFoundError, NotSupportedError
        If a file cannot be handed out.

    Attributes
    ----------
    size_bytes
        Of what is encoded.
    """

    __slots__ = ("_files", "_ref", "dataset", "size_bytes")

    def __init__(self, dataset: Dataset, access: FileAccess) -> None:
        self.dataset = dataset
        self._ref = _encoded(wire_ref(dataset))
        located = [(file, access.locate(dataset, file)) for file in dataset.files]
        self._files = [
            (found.make_url, _encoded(as_sent(file, found.path)), found.auth)
            for file, found in located
        ]
        parts = [self._ref, *(record for _, record, _ in self._files)]
        self.size_bytes = sum(len(bytes(part)) for part in parts)

    def encode(self, to: Recipient) -> bytes:
        """Return the answer with fresh URLs."""
        files = [FileInfo(url(to), record, auth) for url, record, auth in self._files]
        artifact = FileArtifact(files) if files else None
        return encode_json(GetFileResponse(self._ref, artifact))


def _encoded(message: object) -> Any:
    """Return a message as a part of others that is copied into them."""
    return msgspec.Raw(encode_json(message))
