"""A long query of the blocking client, that runs on the server."""

import os
import time
from pathlib import Path
from typing import Self, TypeVar

from ...protocol.jobs import JobInfo, JobPart
from ..calls import jobs as calls
from ..calls.repository import Repository
from ..connection.blocking import BlockingConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..model import DatasetRef

_T = TypeVar("_T")


class QueryJob:
    """A search whose result is files; `Butler.query_job` makes it.

    ``with butler.query_job(...) as job`` removes the job and its result at the end;
    without it they stay on the server until `close`, or for a day.

    Parameters
    ----------
    repository, connection, limits
        Of the Butler.
    id
        Of the job on the server.
    """

    def __init__(
        self,
        repository: Repository,
        connection: BlockingConnection,
        limits: Limits,
        id: str,
    ) -> None:
        self.id = id
        self._repository = repository
        self._connection = connection
        self._limits = limits

    def info(self) -> JobInfo:
        """Return how far it is; phases are those of IVOA UWS."""
        return self._run(calls.info(self._repository.session, self.id))

    def wait(self, timeout_seconds: float | None = None) -> JobInfo:
        """Return when it is completed.

        Parameters
        ----------
        timeout_seconds
            Most seconds; `None` for any number.

        Raises
        ------
        TimeoutError
            If it is not by then.
        ButlerUserError
            If something is wrong with the query.
        ButlerServerError
            If it failed otherwise, or was cancelled.
        """
        seconds = float("inf") if timeout_seconds is None else timeout_seconds
        session = self._repository.session
        return self._run(calls.wait(session, self.id, seconds, time.monotonic))

    def refs(self) -> list[DatasetRef]:
        """Return the result, when it is completed; for JSON lines only."""
        self.wait()
        return self._run(calls.rows(self._repository, self.id, self._parts))

    def download(
        self, destination: str | os.PathLike[str], *, overwrite: bool = False
    ) -> list[Path]:
        """Put the files of the result into a folder, when it is completed.

        Raises
        ------
        DownloadError
            If some of them could not be had.
        """
        parts = self.wait().parts or []
        return self._run(
            calls.download(
                self._repository.session,
                self.id,
                parts,
                destination,
                self._limits,
                overwrite=overwrite,
            )
        )

    def close(self) -> None:
        """End it, and remove its result from the server."""
        self._run(calls.remove(self._repository.session, self.id))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"QueryJob({self.id!r})"

    def _parts(self) -> Call[list[JobPart]]:
        found = yield from calls.info(self._repository.session, self.id)
        return found.parts or []

    def _run(self, call: Call[_T]) -> _T:
        return self._connection.run(call)
