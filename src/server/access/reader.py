"""Who asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asks, as far as the server knows them.

    Parameters
    ----------
    user
        Their name; `None`: nobody was asked who they are.
    groups
        In which they are.
    service
        The service that asks in their name, if there is one.
    token
        Id of the token they came with, if it is one of this server's own.
    """

    user: str | None = None
    groups: frozenset[str] = frozenset()
    service: str | None = None
    token: str | None = None


NOBODY = Reader()
"""Everybody, where there is no access control."""
