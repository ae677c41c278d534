"""How long a connection may take for each part of a request and an answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Times after which a connection is closed; all in one place.

    Each is counted from the first look at the connection that finds it waiting.

    Parameters
    ----------
    head_seconds
        From the beginning of a connection, or of a request in it, to the end of the
        request's headers.
    body_seconds
        From there to the end of its body, as long as the server wants to read it.
    unread_seconds
        In which a client takes all, or at least ``unread_bytes``, of what waits to be
        sent.
    look_seconds
        How often is looked.
    """

    head_seconds: float = 30.0
    body_seconds: float = 60.0
    unread_seconds: float = 60.0
    unread_bytes: int = 65_536
    look_seconds: float = 5.0
