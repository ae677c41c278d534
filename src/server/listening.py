"""Sockets that listen, and the application that each of them leads to."""

import socket
from collections.abc import Mapping

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send


class ListenError(Exception):
    """The address is taken, or is not one of this machine's."""


def listen(host: str, port: int, remedy: str) -> socket.socket:
    """Return a socket that listens, and that child processes may inherit.

    Parameters
    ----------
    port
        0: any free one.
    remedy
        Where another address can be chosen.

    Raises
    ------
    ListenError
        If nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ListenError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            f"choose others with {remedy}"
        ) from error
    listener.set_inheritable(True)
    return listener


class ByPort:
    """Several applications in one process, each on a port of its own.

    Parameters
    ----------
    app
        The main one; start and end of the process are told to it alone.
    others
        By the port that the request came in on.
    """

    def __init__(self, app: ASGIApp, others: Mapping[int, ASGIApp]) -> None:
        self._app = app
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to where it belongs."""
        app = self._app
        if scope["type"] == ScopeType.HTTP:
            # Of the socket itself, whatever the client says.
            _, port = scope["server"] or ("", None)
            app = self._others.get(port or 0, app)
        await app(scope, receive, send)
