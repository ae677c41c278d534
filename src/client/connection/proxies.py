"""Proxies, as ``http_proxy``, ``https_proxy`` and ``no_proxy`` name them.

On machines without these variables none of this costs anything.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from .messages import LostError
from .urls import authority_of

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


class Proxy(NamedTuple):
    """A proxy of HTTP.

    Parameters
    ----------
    host, port
        Where it is.
    credentials
        What it wants to be told, or empty.
    """

    host: str
    port: int
    credentials: str = ""

    @property
    def url(self) -> str:
        """Where it is, without what it wants to be told."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def headers(self) -> Mapping[str, str]:
        """What it is told with each request."""
        if not self.credentials:
            return {}
        return {"proxy-authorization": f"Basic {self.credentials}"}


def proxy_for(url: SplitResult) -> Proxy | None:
    """Return the proxy that leads to a URL, if there is one.

    Raises
    ------
    LostError
        If it is of a kind that is not known here.
    """
    environ = os.environ
    if not any(name in environ or name.upper() in environ for name in _VARIABLES):
        return None
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    place = proxies.get(url.scheme) or proxies.get("all")
    if not place or proxy_bypass(authority_of(url)):
        return None
    parts = _split(place if "://" in place else f"http://{place}")
    if parts.scheme != "http":
        text = f"a proxy of {parts.scheme} is not known here; only those of http are"
        raise LostError(text, is_final=True)
    return Proxy(parts.hostname or "", parts.port or 8080, _credentials(parts))


def _split(place: str) -> SplitResult:
    try:
        parts = urlsplit(place)
        _ = parts.hostname, parts.port  # they raise if there is none that could be one
    except ValueError:
        text = "http_proxy or https_proxy is no URL; quote what is odd in its password"
        raise LostError(text, is_final=True) from None  # which may hold the password
    return parts


def _credentials(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    from base64 import b64encode

    text = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return b64encode(text.encode()).decode()
