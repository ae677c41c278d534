"""Requests as they are written to a socket."""

from typing import NamedTuple, Self
from urllib.parse import SplitResult

from ..failures import UNFIT
from ..messages import LostError, Request
from ..proxies import Proxy
from ..urls import authority_of, port_of


class Server(NamedTuple):
    """Where requests go.

    Parameters
    ----------
    scheme, host, port
        Of its URLs.
    authority
        As it is told by which name it was asked.
    proxy
        That leads to it, if there is one.
    """

    scheme: str
    host: str
    port: int
    authority: str
    proxy: Proxy | None

    @classmethod
    def of(cls, url: SplitResult, proxy: Proxy | None) -> Self:
        """Return the server of a URL."""
        port = port_of(url) or 0  # there is one: the scheme has been looked at
        return cls(url.scheme, url.hostname or "", port, authority_of(url), proxy)


def split(url: str) -> tuple[str, str]:
    """Return what of a URL names the server, and what is asked of it."""
    scheme, mark, rest = url.partition("#")[0].partition("://")
    authority, question, query = rest.partition("?")
    authority, _, path = authority.partition("/")
    return f"{scheme}{mark}{authority}", f"/{path}{question}{query}"


def encode(request: Request, server: Server, target: str) -> bytes:
    """Return all of a request, which is written at once.

    Raises
    ------
    LostError
        If something of it cannot be sent.
    """
    lines = [f"{request.method} {target} HTTP/1.1", f"host: {server.authority}"]
    if server.proxy is not None and server.scheme == "http":
        lines[0] = f"{request.method} http://{server.authority}{target} HTTP/1.1"
        lines += [f"{name}: {value}" for name, value in server.proxy.headers.items()]
    if request.body is not None:
        lines.append(f"content-length: {len(request.body)}")
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise LostError(UNFIT, is_final=True)
    try:
        head = text.encode("latin-1")
    except UnicodeEncodeError:  # whose text may have a token in it
        raise LostError(UNFIT, is_final=True) from None
    return head + b"\r\n\r\n" + (request.body or b"")
