"""What operators ask of running servers, and what these answer.

Requests are strict: a misspelt field is refused. Answers may grow.
"""

from typing import Literal

import msgspec

from .dimensions import RequestDataId
from .scalars import Timespan


class InvalidateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be forgotten; if nothing is named: everything.

    Collections and dataset types are names or globs, and a chain stands for its
    members. `mark_permanent`: what has lost its mark of permanence gets it back.
    """

    collections: list[str] = []
    dataset_types: list[str] = []
    dimensions: list[str] = []
    mark_permanent: bool = False


class WarmRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be read beforehand.

    Lookups are answered from it if they name one of these collections; a glob names
    each one that it matches. Without dataset types: all.
    """

    collections: list[str]
    dataset_types: list[str] = []


class ExplainRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One lookup by data ID, with files or without."""

    dataset_type: str
    data_id: RequestDataId
    collections: list[str]
    timespan: Timespan | None = None
    files: bool = False


class ServerAnswer(msgspec.Struct, frozen=True):
    """How far one server has come with a command; `done`: to its end."""

    server: str
    ok: bool
    detail: str
    counts: dict[str, int]
    milliseconds: float
    done: bool = True


class CommandResponse(msgspec.Struct, frozen=True):
    """All answers to a command, and the servers that did not give one in time."""

    answers: list[ServerAnswer]
    silent: list[str]


class WarmLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the answer to a `WarmRequest`: one server's word, or its silence."""

    answer: ServerAnswer | None = None
    silent: str | None = None


Step = Literal["skipped", "searched", "found", "not reached"]
Source = Literal["snapshot", "index", "entry", "database", "none"]


class ExplainedCollection(msgspec.Struct, frozen=True):
    """What one collection of the search path had to do with the answer.

    `source` is where its part of the path was answered from: a kept entry, or the
    database; the snapshot, if it was skipped.
    """

    name: str
    type: str
    policy: str
    step: Step
    reason: str
    source: Source = "snapshot"


class Explanation(msgspec.Struct, frozen=True):
    """Why a lookup is answered as it is.

    `unknown` lists the names that nothing has; `reasons` say in plain words why
    nothing was found.
    """

    repository: str
    version: int
    revision: str
    state: str
    found: str | None
    run: str | None
    source: Source
    path: list[ExplainedCollection]
    reasons: list[str]
    unknown: list[str]
    statements: int
    milliseconds: float


class KindCounts(msgspec.Struct, frozen=True):
    """What became of the questions of one kind and policy so far."""

    kind: str
    policy: str
    hits: int
    misses: int
    shared: int
    bypassed: int
    failed: int
    stored: int
    lost: int
    dropped: int


class KeptStatus(msgspec.Struct, frozen=True):
    """How much is kept, and how much may be."""

    entries: int
    max_entries: int
    bytes: int
    max_bytes: int
    counts: list[KindCounts]
    drops: dict[str, int]


class PolicyStatus(msgspec.Struct, frozen=True):
    """One rule of the configuration, and how many collections of each policy are."""

    policy: str
    collections: list[str]
    dataset_types: list[str]
    dimensions: list[str]


class DatabaseStatus(msgspec.Struct, frozen=True):
    """The database, without its password, and the connections to it."""

    url: str
    statements: int
    reading: int
    connections: int
    in_use: int
    max_connections: int


class IndexStatus(msgspec.Struct, frozen=True):
    """The release index of a repository.

    `moment` is what the database's gate said when it was built; `overruled` lists what
    is no longer taken from it, `refused` why other indexes cannot be used.
    """

    name: str | None
    datasets: int
    bytes: int
    moment: str
    overruled: list[str]
    refused: list[str]


class RepositoryStatus(msgspec.Struct, frozen=True):
    """One repository in one process.

    `definitions_age_seconds` is the time since its small tables were last read,
    `checked_seconds_ago` since the database was last seen not to have changed; null:
    never yet. `unmarked` lists what was declared permanent and changed nevertheless.
    """

    label: str
    uri: str
    identity: str
    state: str
    version: int
    revision: str
    definitions_age_seconds: float | None
    checked_seconds_ago: float | None
    collections_by_policy: dict[str, int]
    rules: list[PolicyStatus]
    unmarked: list[str]
    kept: KeptStatus
    database: DatabaseStatus
    index: IndexStatus | None = None


class StreamStatus(msgspec.Struct, frozen=True):
    """The stream of changes as one process sees it."""

    live: bool
    publishers: list[str]
    received: int
    sent: int
    send_failures: int
    duplicates: int
    reordered: int
    unknown: int
    gaps: dict[str, int]


class ServerStatus(msgspec.Struct, frozen=True):
    """One process."""

    server: str
    repositories: list[RepositoryStatus]
    stream: StreamStatus | None = None


class StatusResponse(msgspec.Struct, frozen=True):
    """All processes, and those that did not answer in time."""

    servers: list[ServerStatus]
    silent: list[str]
