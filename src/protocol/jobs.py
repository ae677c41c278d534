"""Jobs: long queries whose results are files, of the project's own API.

Phases are those of IVOA UWS 1.1. Times are ISO 8601 in UTC.
"""

from typing import Any, Literal

import msgspec

from .query_work import PartsFormat

JobKind = Literal["execute", "all_datasets"]
"""Which of the stock queries it is."""

Phase = Literal["PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED"]


class JobRequest(msgspec.Struct, frozen=True):
    """Body of ``POST jobs``; ``request`` is that of the stock route of this kind."""

    kind: JobKind
    request: dict[str, Any]
    format: PartsFormat = "jsonl"


class JobPart(msgspec.Struct, frozen=True):
    """A file of a result; ``url`` works without credentials until ``url_expires``."""

    name: str
    rows: int
    bytes: int
    sha256: str
    url: str
    url_expires: str


class JobError(msgspec.Struct, frozen=True):
    """Why a job has no result, as a single request would have been told."""

    detail: str
    error_type: str | None = None


class JobInfo(msgspec.Struct, frozen=True):
    """A job; ``rows`` and ``parts`` are there when it is COMPLETED.

    In a list of jobs ``parts`` are left out.
    """

    id: str
    phase: Phase
    kind: JobKind
    format: PartsFormat
    created: str
    started: str | None
    ended: str | None
    expires: str
    rows: int | None = None
    parts: list[JobPart] | None = None
    error: JobError | None = None


class JobList(msgspec.Struct, frozen=True):
    """A user's jobs, the newest first."""

    jobs: list[JobInfo]


class PhaseRequest(msgspec.Struct, frozen=True):
    """Body of ``POST jobs/{id}/phase``."""

    phase: Literal["ABORT"]
