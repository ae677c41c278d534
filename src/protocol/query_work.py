"""What a web process and its query workers tell each other over a socket.

Frames of one byte for the kind, four for the length, and the payload. Both ends are of
the same version: a worker is a child of the process that asks it.
"""

import enum
import struct
from typing import Literal

import msgspec

from .query_sight import QuerySight

QueryKind = Literal["execute", "all_datasets", "count", "any", "explain"]
PartsFormat = Literal["jsonl", "parquet"]

HEADER = struct.Struct("!cI")
"""Kind and length of a frame."""

COMMAND = struct.Struct("!cI")
"""What a nursery is told: `FORK` or `END`, and the number of the worker."""
FORK = b"F"
END = b"K"


class FrameKind(enum.Enum):
    """What a frame is."""

    READY = b"R"
    """The worker waits for its first query."""
    WORK = b"W"
    """A `QueryWork`, the only frame that a worker is sent."""
    PAGE = b"P"
    """A line of the answer, with its end."""
    PART = b"T"
    """A file of the answer has been written: a `WrittenPart`."""
    ROWS = b"N"
    """More rows of a part have been written: the worker is alive."""
    VALUE = b"V"
    """The whole answer to a query that has no pages."""
    DONE = b"D"
    """The end of an answer, complete or refused: a `WorkDone`."""
    USER_ERROR = b"U"
    """An `ErrorResponse` for the user; nothing but the end comes after it."""
    MALFORMED = b"M"
    """What is wrong with the request, as text; there is no answer."""
    UNAVAILABLE = b"A"
    """Why the database does not answer, as text."""
    FAILED = b"F"
    """What went wrong that nobody has foreseen, as text; the worker ends."""


class PartsTarget(msgspec.Struct, frozen=True):
    """Where a worker writes an answer to, instead of sending it.

    Parameters
    ----------
    folder
        An existing one.
    format
        Of the files.
    rows
        Of one file, at most.
    """

    folder: str
    format: PartsFormat
    rows: int


class WrittenPart(msgspec.Struct, frozen=True):
    """A file that holds some rows of an answer, and is complete.

    ``name`` is that in its folder, ``sha256`` in hexadecimal digits.
    """

    name: str
    rows: int
    bytes: int
    sha256: str


class QueryWork(msgspec.Struct, frozen=True):
    """One query, as a worker is asked it.

    Parameters
    ----------
    uri
        The repository.
    kind
        The last part of the route's name.
    body
        As the client sent it.
    schema, definitions
        Numbers of the schema and of the definitions that an answer must at least be
        made from; 0: the newest that there are.
    max_rows, max_bytes
        Of the answer; more is refused.
    sight
        What the reader sees; `None`: everything.
    parts
        Where to write it, if it is not sent.
    """

    uri: str
    kind: QueryKind
    body: bytes
    schema: int
    definitions: int
    max_rows: int
    max_bytes: int
    sight: QuerySight | None
    parts: PartsTarget | None = None


class WorkDone(msgspec.Struct, frozen=True):
    """What a worker says at the end of an answer.

    Parameters
    ----------
    rows
        How many were sent.
    retires
        Whether the worker takes no more queries.
    """

    rows: int
    retires: bool


def frame(kind: FrameKind, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return HEADER.pack(kind.value, len(payload)) + payload
