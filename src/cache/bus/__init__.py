"""The stream of changes: what a host or a fleet tells itself, and what it missed.

`ChangeStream` is the door. It runs over any transport and promises that whatever
was lost on the way is followed by a `Gap` before anything later is handed out.
`RedisTransport` is in `transports.redis`, imported only where Redis is used.
"""

from .continuity import Continuity
from .events import Counters, Delivery, Gap, GapReason
from .messages import (
    Acknowledged,
    Changed,
    Checked,
    Command,
    Covered,
    Envelope,
    Farewell,
    Heartbeat,
    Message,
    UnknownMessageError,
    decode,
    encode,
)
from .stream import ChangeStream
from .transports import (
    Hub,
    Interrupted,
    MemoryHub,
    MemoryTransport,
    SocketTransport,
    Transport,
    TransportError,
)

__all__ = [
    "Acknowledged",
    "ChangeStream",
    "Changed",
    "Checked",
    "Command",
    "Continuity",
    "Counters",
    "Covered",
    "Delivery",
    "Envelope",
    "Farewell",
    "Gap",
    "GapReason",
    "Heartbeat",
    "Hub",
    "Interrupted",
    "MemoryHub",
    "MemoryTransport",
    "Message",
    "SocketTransport",
    "Transport",
    "TransportError",
    "UnknownMessageError",
    "decode",
    "encode",
]
