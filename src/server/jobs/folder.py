"""Where the requests and results of jobs are: a folder for each job.

In it is ``request``, and a folder for each attempt, so that a server that was taken for
lost and comes back writes where nobody reads. All functions wait for the disk.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from ...protocol.errors import NotFoundError
from .job import Job, is_id

_REQUEST = "request"


class JobFolder:
    """The folders of all jobs.

    Parameters
    ----------
    path
        Where they are; the folder is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """See that something can be kept here.

        Raises
        ------
        ValueError
            If not.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise ValueError(f"jobs: the folder cannot be used: {error}") from error

    def make(self, id_: str, request: bytes) -> None:
        """Keep the request of a new job."""
        folder = self.path / id_
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
        with (folder / _REQUEST).open("wb") as file:
            file.write(request)
            file.flush()
            os.fsync(file.fileno())

    def request(self, id_: str) -> bytes:
        """Return the request of a job."""
        return (self.path / id_ / _REQUEST).read_bytes()

    def begin(self, job: Job) -> Path:
        """Return an empty folder for the results of an attempt; others are removed."""
        folder = self._results(job)
        for earlier in folder.parent.iterdir():
            if earlier.is_dir():
                shutil.rmtree(earlier, ignore_errors=True)
        # Not its parents: a job that was removed meanwhile stays so.
        folder.mkdir(mode=0o700)
        return folder

    def open(self, job: Job, name: str) -> BinaryIO:
        """Open a part of a result.

        Raises
        ------
        NotFoundError
            If it is not there.
        """
        if name in {part.name for part in job.parts}:
            try:
                return (self._results(job) / name).open("rb")
            except OSError:
                pass
        raise NotFoundError("There is no such part of this job's result.")

    def remove_results(self, job: Job) -> None:
        """Remove what this attempt has written."""
        shutil.rmtree(self._results(job), ignore_errors=True)

    def remove(self, id_: str) -> None:
        """Remove all of a job; it may be gone already."""
        shutil.rmtree(self.path / id_, ignore_errors=True)

    def older_than(self, time: float) -> list[str]:
        """Return ids of jobs whose folders have not changed since a time."""
        return [id_ for id_, changed in self._all() if changed < time]

    def _all(self) -> Iterator[tuple[str, float]]:
        try:
            entries = list(os.scandir(self.path))
        except FileNotFoundError:
            return
        for entry in entries:
            if is_id(entry.name):
                try:
                    yield entry.name, entry.stat().st_mtime
                except FileNotFoundError:
                    continue  # somebody else sweeps

    def _results(self, job: Job) -> Path:
        return self.path / job.id / str(job.attempt)
