"""Lets in who shows the token; without one, only programs of this machine.

A web page that somebody of this machine looks at is no such program: it can be made
to send requests to the loopback, but not to call it by a loopback name.
"""

import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

_SCHEME = "Bearer "
_CHALLENGE = {"www-authenticate": 'Bearer realm="butlery admin"'}


def require_operator(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Refuse whoever is not known to be an operator.

    Raises
    ------
    NotAuthorizedException
        If the token is absent or wrong.
    PermissionDeniedException
        If there is no token, and this machine was not called by a loopback name.
    """
    token: str | None = connection.app.state.token
    if token is None:
        if not _is_loopback(connection.headers.get("host", "")):
            raise PermissionDeniedException(
                "The admin API has no token, and is for loopback addresses only; call "
                "it as 127.0.0.1 or localhost."
            )
        return
    shown = connection.headers.get("authorization", "")
    right = f"{_SCHEME}{token}"
    if not hmac.compare_digest(shown.encode(), right.encode()):
        raise NotAuthorizedException(
            "Send the admin token as 'Authorization: Bearer …'.", headers=_CHALLENGE
        )


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
