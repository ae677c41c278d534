"""What travels on the stream of changes: JSON, one envelope to a frame.

Fields that a newer publisher added are ignored; a kind of message that is not
known here is an `UnknownMessageError`, which the stream turns into a gap. No bytes
whatsoever make `decode` fail in any other way.
"""

from typing import Annotated

import msgspec


class Changed(msgspec.Struct, frozen=True, tag=True):
    """What a watcher saw committed in one repository.

    Collections are registry keys. `elements_grown` got new records and nothing
    else; `elements_changed` had records replaced or removed. `new_datasets`: some
    run gained a dataset; `definitions`: one of the small tables changed.
    """

    repository: str
    collections: list[int | str] = []
    dataset_types: list[int] = []
    elements_grown: list[str] = []
    elements_changed: list[str] = []
    new_datasets: bool = False
    definitions: bool = False
    everything: bool = False


class Covered(msgspec.Struct, frozen=True, tag=True):
    """All that snapshot `gate` of database `node` shows was named before this."""

    repository: str
    node: str
    gate: str


class Checked(msgspec.Struct, frozen=True, tag=True):
    """A host's poller read this gate text, beginning at this monotonic time.

    The clock is the host's own, so this travels on host-local transports only. Texts
    of different connections say nothing about each other.
    """

    repository: str
    node: str
    gate: str
    started: float
    connection: int = 0


class Heartbeat(msgspec.Struct, frozen=True, tag=True):
    """A publisher lives; `beat` tells it which of its own came back."""

    beat: int = 0


class Farewell(msgspec.Struct, frozen=True, tag=True):
    """A publisher has said its last."""


class Command(msgspec.Struct, frozen=True, tag=True):
    """An operator's order to every server."""

    request: str
    repository: str
    action: str
    arguments: dict[str, list[str]]


class Acknowledged(msgspec.Struct, frozen=True, tag=True):
    """One server's answer to a `Command`.

    Long work is acknowledged again and again, and only at last as `done`. `report` is
    JSON, where the command asks for one.
    """

    request: str
    server: str
    ok: bool
    detail: str
    counts: dict[str, int]
    milliseconds: float
    done: bool = True
    report: str = ""


Message = Changed | Covered | Checked | Heartbeat | Farewell | Command | Acknowledged

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""Bounded, because every reader remembers the names it has heard."""


class Envelope(msgspec.Struct, frozen=True):
    """One message in the sequence of one life of one publisher.

    `number` counts from 1 without holes within an `epoch`. Heartbeats and farewells
    take none of their own: they repeat the last one, 0 at first. So a lost heartbeat
    alone costs nobody anything, and yet each one shows what was lost before it.
    """

    epoch: Name
    publisher: Name
    number: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    message: Message


class UnknownMessageError(ValueError):
    """These bytes are no envelope that this version understands."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def encode(envelope: Envelope) -> bytes:
    """Return the frame for an envelope."""
    return _encoder.encode(envelope)


def decode(data: bytes) -> Envelope:
    """Return the envelope in a frame.

    Raises
    ------
    UnknownMessageError
        For all other bytes.
    """
    try:
        return _decoder.decode(data)
    # Deep nesting inside a field that is skipped ends in a RecursionError.
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise UnknownMessageError(f"Not an envelope: {error}") from error
