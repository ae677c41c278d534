"""A job as servers know it: who asked, how far it is, who is at it.

A job changes only by `JobStore.replace`, from the version that somebody has seen to the
next; so of two who change it at the same time one fails.
"""

import secrets

import msgspec

from ...protocol.jobs import JobKind, Phase
from ...protocol.query_work import PartsFormat, WrittenPart
from ..access import Reader
from ..files.recipient import Holder

ACTIVE = frozenset({"QUEUED", "EXECUTING"})
"""Phases of jobs that somebody has to work on; no other phase is ever left."""

MOST_LOST = 3
"""How many servers may be lost in the middle of one job."""

_ID_BYTES = 20


class Failure(msgspec.Struct, frozen=True):
    """Why there is no result, with the status that a single request would have had."""

    status: int
    detail: str
    error_type: str | None = None
    retry_after_seconds: int | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job; times are in seconds since 1970-01-01 UTC.

    Parameters
    ----------
    repository
        Its label.
    user
        Whose it is; `None`: nobody was asked.
    groups, token
        What is needed to find out their rights again.
    version
        Grows with each change.
    owner
        The server that works on it, or nobody.
    attempt
        How often it was begun.
    lost
        How often its server was lost.
    is_delivered
        Whether the result was the answer to the request itself.
    """

    id: str
    repository: str
    user: str | None
    groups: tuple[str, ...]
    token: str
    kind: JobKind
    format: PartsFormat
    created: float
    expires: float
    phase: Phase = "QUEUED"
    version: int = 1
    owner: str = ""
    attempt: int = 0
    lost: int = 0
    started: float | None = None
    ended: float | None = None
    parts: tuple[WrittenPart, ...] = ()
    failure: Failure | None = None
    is_delivered: bool = False

    @property
    def is_active(self) -> bool:
        """Whether somebody has to work on it."""
        return self.phase in ACTIVE

    @property
    def holder(self) -> Holder:
        """Who asked, as signed URLs name them, too."""
        return Holder(self.user or "", self.groups, self.token)

    def is_of(self, repository: str, reader: Reader, now: float) -> bool:
        """Tell whether this job is there for a reader."""
        is_theirs = self.repository == repository and self.user == reader.user
        return is_theirs and now < self.expires


def new_id() -> str:
    """Return an id that nobody can guess: where nobody is asked, it is the right."""
    return secrets.token_hex(_ID_BYTES)


def new_job(
    repository: str,
    reader: Reader,
    kind: JobKind,
    format_: PartsFormat,
    now: float,
    lifetime_seconds: float,
) -> Job:
    """Return a job that a reader has just asked for."""
    return Job(
        id=new_id(),
        repository=repository,
        user=reader.user,
        # With a token its file says in which groups its owner is, then.
        groups=() if reader.token else tuple(sorted(reader.groups)),
        token=reader.token or "",
        kind=kind,
        format=format_,
        created=now,
        expires=now + lifetime_seconds,
    )


def is_id(text: str) -> bool:
    """Tell whether a text may be an id; nothing else ever reaches a store or a disk."""
    return len(text) == 2 * _ID_BYTES and all(c in "0123456789abcdef" for c in text)


def next_version(job: Job, **changes: object) -> Job:
    """Return what a job becomes."""
    return msgspec.structs.replace(job, version=job.version + 1, **changes)
