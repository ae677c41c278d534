"""Ways for frames to travel; one contract, one test suite for all of them."""

from .base import MAX_FRAME_BYTES, Backoff, Interrupted, Transport, TransportError
from .hub import Hub
from .local import SocketTransport
from .memory import MemoryHub, MemoryTransport

__all__ = [
    "MAX_FRAME_BYTES",
    "Backoff",
    "Hub",
    "Interrupted",
    "MemoryHub",
    "MemoryTransport",
    "SocketTransport",
    "Transport",
    "TransportError",
]
