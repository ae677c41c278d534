"""Local files, which this process reads itself.

Links are followed, and then the path must end below the datastore's root or below a
folder that the operator allowed. Who asks for a file shows a signature first.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from ...protocol.errors import ForbiddenError, NotFoundError
from .paths import RecordPath

MISSING = "The file is recorded, but it is not in the datastore."
"""What is said of a file that is not there, or not for who asks: nobody can tell."""


class LocalStore:
    """The files of one local datastore; names are paths below its root.

    Parameters
    ----------
    root
        Of the datastore.
    allowed
        Folders outside the root whose files may be handed out.
    """

    def __init__(self, root: str, allowed: Sequence[str]) -> None:
        self._root = root
        self._allowed = [os.path.realpath(folder) for folder in allowed]

    def name(self, path: RecordPath) -> str:
        """Return the name of a file; whether it exists is not looked at."""
        return unquote(path.path).lstrip("/")

    def open(self, name: str) -> BinaryIO:
        """Open a file.

        Raises
        ------
        ForbiddenError
            If it may not be handed out.
        NotFoundError
            If there is no such file.
        """
        if "\0" in name:
            raise NotFoundError("This URL names no file of this repository.")
        path = os.path.realpath(Path(self._root) / name)
        if not self._is_inside(path):
            self._require_allowed(path)
        try:
            if Path(path).is_file():
                return Path(path).open("rb")
        except PermissionError:
            raise ForbiddenError("The server may not read this file.") from None
        except OSError:  # removed meanwhile, or no name that a file can have
            pass
        raise NotFoundError(MISSING)

    def _is_inside(self, path: str) -> bool:
        return Path(path).is_relative_to(os.path.realpath(self._root))

    def _require_allowed(self, path: str) -> None:
        if not any(Path(path).is_relative_to(folder) for folder in self._allowed):
            raise ForbiddenError(
                "This file lies outside the datastore and may not be handed out; the "
                "operator can allow its folder with outside_roots."
            )


class OutsideStore(LocalStore):
    """Files with absolute paths; names are those without the slash in front.

    Parameters
    ----------
    allowed
        Folders whose files may be handed out.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("/", allowed)

    def name(self, path: RecordPath) -> str:
        """Return the name of a file that may be handed out.

        Raises
        ------
        ForbiddenError
            If the operator has not allowed its folder.
        """
        name = path.local()
        self._require_allowed(os.path.realpath(name))
        return name.lstrip("/")

    def _is_inside(self, path: str) -> bool:
        del path
        return False
