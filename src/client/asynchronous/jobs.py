"""A long query of the asynchronous client, that runs on the server."""

import os
import time
from pathlib import Path
from typing import Self, TypeVar

from ...protocol.jobs import JobInfo, JobPart
from ..calls import jobs as calls
from ..calls.repository import Repository
from ..connection.asynchronous import AsyncConnection
from ..connection.limits import Limits
from ..connection.messages import Call
from ..model import DatasetRef

_T = TypeVar("_T")


class AsyncQueryJob:
    """A `QueryJob`, to be awaited; ``async with`` removes it at the end.

    Parameters
    ----------
    repository, connection, limits, id
        Those of `QueryJob`.
    """

    def __init__(
        self,
        repository: Repository,
        connection: AsyncConnection,
        limits: Limits,
        id: str,
    ) -> None:
        self.id = id
        self._repository = repository
        self._connection = connection
        self._limits = limits

    async def info(self) -> JobInfo:
        """Return how far it is; phases are those of IVOA UWS."""
        return await self._run(calls.info(self._repository.session, self.id))

    async def wait(self, timeout_seconds: float | None = None) -> JobInfo:
        """Return when it is completed."""
        seconds = float("inf") if timeout_seconds is None else timeout_seconds
        session = self._repository.session
        return await self._run(calls.wait(session, self.id, seconds, time.monotonic))

    async def refs(self) -> list[DatasetRef]:
        """Return the result, when it is completed; for JSON lines only."""
        await self.wait()
        return await self._run(calls.rows(self._repository, self.id, self._parts))

    async def download(
        self, destination: str | os.PathLike[str], *, overwrite: bool = False
    ) -> list[Path]:
        """Put the files of the result into a folder, when it is completed."""
        parts = (await self.wait()).parts or []
        return await self._run(
            calls.download(
                self._repository.session,
                self.id,
                parts,
                destination,
                self._limits,
                overwrite=overwrite,
            )
        )

    async def close(self) -> None:
        """End it, and remove its result from the server."""
        await self._run(calls.remove(self._repository.session, self.id))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncQueryJob({self.id!r})"

    def _parts(self) -> Call[list[JobPart]]:
        found = yield from calls.info(self._repository.session, self.id)
        return found.parts or []

    async def _run(self, call: Call[_T]) -> _T:
        return await self._connection.run(call)
