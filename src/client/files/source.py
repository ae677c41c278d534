"""Where the bytes of a file are, also after its URL has expired."""

import time
from collections.abc import Callable
from uuid import UUID

from ...protocol.files import GetFileResponse
from ..connection.messages import Call
from ..connection.session import Session
from ..errors import DatasetNotFoundError, FileIntegrityError
from .located import Located

EXPIRED = frozenset({400, 401, 403, 410})
"""What stores answer to a URL whose time is over; Google's says 400."""

_SECONDS_BETWEEN = 300  # two renewals: who refuses a fresh URL has other reasons


class Source:
    """One file, whose URL is asked for anew when it stops working.

    Parameters
    ----------
    session
        Of the server that handed out the URL.
    file
        As it handed it out.
    clock
        Monotonic time in seconds.
    """

    def __init__(
        self,
        session: Session,
        file: Located,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.file = file
        self._session = session
        self._clock = clock
        self._renewed: float | None = None

    @property
    def url(self) -> str:
        """Where it is now; a fragment is never sent."""
        return self.file.url.partition("#")[0]

    @property
    def token(self) -> str | None:
        """What must be sent there, if anything."""
        return self._session.token_for(self.url, self.file.auth)

    def archive(self) -> "Source":
        """Return the zip file that the file is a member of."""
        return Source(self._session, self.file.archive, self._clock)

    def renew(self) -> Call[bool]:
        """Ask for another URL; return whether there is one.

        Raises
        ------
        FileIntegrityError
            If the dataset has other files now.
        """
        now = self._clock()
        if self._renewed is not None and now - self._renewed < _SECONDS_BETWEEN:
            return False
        self._renewed = now
        found = yield from self._session.get(
            f"get_file/{self.file.id}", GetFileResponse
        )
        self.file = self._same(files_found(self.file.id, found))
        return True

    def _same(self, files: list[Located]) -> Located:
        for each in files:
            # Of a zip file nothing is known but where it is.
            known = each if each.member is None else each.archive
            if _identity(known) == _identity(self.file):
                return known
        raise FileIntegrityError(f"{self.file.path!r} is not the same file any more")


def _identity(file: Located) -> tuple[str, str | None, int | None]:
    return file.path, file.component, file.size


def files_found(id: UUID, found: GetFileResponse) -> list[Located]:
    """Return the files of a dataset.

    Raises
    ------
    DatasetNotFoundError
        If there are none.
    """
    if found.artifact is None or not found.artifact.file_info:
        raise DatasetNotFoundError(f"dataset {id} is known, but has no files")
    return [Located.of_single(id, each) for each in found.artifact.file_info]
