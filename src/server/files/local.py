"""Local files, handed out under signed URLs of this server.

A URL names the datastore by its position (or ``outside`` for absolute paths) and
the file by its path. The signature is checked first; then the path, with all links
followed, must end below the datastore's root or below a folder that the operator
allowed.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from ...protocol.errors import ForbiddenError, NotFoundError
from .paths import MakeUrl, RecordPath
from .signing import UrlSigner

OUTSIDE = "outside"
"""Stands for a datastore's number in URLs of files with absolute paths."""


def quote_path(path: str) -> str:
    """Quote a relative path for a URL; what is escaped already stays as it is."""
    return quote(unquote(path))


class LocalStore:
    """URLs for one local datastore, or for absolute paths."""

    def __init__(self, files: "LocalFiles", place: str) -> None:
        self._files = files
        self._place = place

    def locate(self, path: RecordPath) -> MakeUrl:
        """Return what signs URLs; whether the file exists is not looked at."""
        if self._place == OUTSIDE:
            name = path.local()
            self._files.require_allowed(name)
        else:
            name = unquote(path.path)
        return self._files.signed(self._place, name.lstrip("/"), path.fragment)


class LocalFiles:
    """All local files of one repository.

    Parameters
    ----------
    label
        The repository's name in URLs.
    roots
        Root of each datastore; those that are not local are never asked for.
    signer
        Signs and checks the URLs.
    outside_roots
        Folders outside the roots whose files may be handed out.
    """

    def __init__(
        self,
        label: str,
        roots: Sequence[str],
        signer: UrlSigner,
        outside_roots: Sequence[str],
    ) -> None:
        self._label = label
        self._path = f"/api/butler/repo/{quote(label)}/files"
        self._roots = {str(number): root for number, root in enumerate(roots)}
        self._signer = signer
        self._allowed = [os.path.realpath(folder) for folder in outside_roots]
        self.outside = LocalStore(self, OUTSIDE)

    def store(self, number: int) -> LocalStore:
        """Return the store of a datastore by its position in the chain."""
        return LocalStore(self, str(number))

    def signed(self, place: str, name: str, fragment: str) -> MakeUrl:
        """Return what signs URLs for a file by its path, without a slash in front."""
        query, label, file = self._signer.query, self._label, f"{place}/{name}"
        path = f"{self._path}/{place}/{quote(name)}"
        return lambda base_url: f"{base_url}{path}?{query(label, file)}{fragment}"

    def require_allowed(self, path: str) -> None:
        """Check that a file with an absolute path may be handed out.

        Raises
        ------
        ForbiddenError
            If the operator has not allowed its folder.
        """
        if not _is_below(os.path.realpath(path), self._allowed):
            raise ForbiddenError(
                "This file lies outside the datastore and may not be handed out; the "
                "operator can allow its folder with outside_roots."
            )

    def open(
        self, place: str, name: str, *, user: str, expires: str, signature: str
    ) -> BinaryIO:
        """Open the file that a signed URL names.

        Raises
        ------
        ForbiddenError
            If the signature is wrong or has expired, or the file may not be handed
            out.
        NotFoundError
            If there is no such file.
        """
        self._signer.check(
            self._label,
            f"{place}/{name}",
            user=user,
            expires=expires,
            signature=signature,
        )
        root = "/" if place == OUTSIDE else self._roots.get(place)
        if root is None or "\0" in name:
            raise NotFoundError("This URL names no file of this repository.")
        path = os.path.realpath(Path(root) / name)
        if place == OUTSIDE or not _is_below(path, [os.path.realpath(root)]):
            self.require_allowed(path)
        try:
            if Path(path).is_file():
                return Path(path).open("rb")
        except PermissionError:
            raise ForbiddenError("The server may not read this file.") from None
        except OSError:  # removed meanwhile, or no name that a file can have
            pass
        raise NotFoundError("The file is recorded, but it is not in the datastore.")


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)
