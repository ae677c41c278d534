"""What a reader of the stream is handed, and what is counted on the way."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from .messages import Message


class GapReason(StrEnum):
    """Why something may have been missed."""

    INTERRUPTED = "interrupted"
    """The transport lost its place."""
    SKIPPED = "skipped"
    """A publisher's numbers have a hole."""
    UNKNOWN_MESSAGE = "unknown-message"
    """A frame could not be understood."""
    NEW_EPOCH = "new-epoch"
    """A publisher started again, and the end of its last life was not heard."""
    SILENT_PUBLISHER = "silent-publisher"
    """Nothing was heard of a publisher for too long."""
    NO_ECHO = "no-echo"
    """Our own heartbeats do not come back."""
    CROWDED = "crowded"
    """More publishers than are remembered: a newcomer may be a forgotten one."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message, with nothing of its publisher lost since the last gap."""

    publisher: str
    message: Message


@dataclass(frozen=True, slots=True)
class Gap:
    """Anything published before this may have been missed."""

    reason: GapReason
    detail: str = ""


@dataclass(slots=True)
class Counters:
    """Counts since the start of one stream."""

    received: int = 0
    duplicates: int = 0
    reordered: int = 0
    unknown: int = 0
    sent: int = 0
    send_failures: int = 0
    gaps: Counter[GapReason] = field(default_factory=Counter)
