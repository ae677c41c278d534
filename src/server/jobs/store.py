"""What is known of jobs, by all servers that share it.

One contract, a file for each way to keep it; one test suite runs over both.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from .job import Job


class StoreAwayError(Exception):
    """The state of jobs cannot be read or written now."""


class JobStore(Protocol):
    """Keeps jobs until they are removed.

    Every method raises `StoreAwayError` if it cannot do what it should.
    """

    def open(self) -> AbstractAsyncContextManager[None]:
        """Make the store usable as long as the context lasts."""

    async def add(self, job: Job, most: int, now: float) -> bool:
        """Keep a new job; return whether its user has fewer than ``most`` listed."""

    async def get(self, id_: str) -> Job | None:
        """Return a job."""

    async def replace(self, old: Job, new: Job) -> bool:
        """Change a job; return whether it was still as ``old``."""

    async def remove(self, id_: str) -> None:
        """Forget a job, if there is one."""

    async def of_user(self, repository: str, user: str | None, now: float) -> list[Job]:
        """Return the unexpired jobs of a user that are listed, the newest first."""

    async def active(self) -> list[Job]:
        """Return the jobs that somebody has to work on, the oldest first."""

    async def expired(self, now: float) -> list[str]:
        """Return ids of jobs that have expired."""

    async def beat(self, server: str, now: float) -> None:
        """Note that a server is alive."""

    async def alive(self, since: float) -> frozenset[str]:
        """Return the servers that were alive at or after a time."""
