"""Opens connections: TCP, through a proxy if there is one, and TLS over it."""

import socket
from typing import Any

from ..messages import LostError
from ..proxies import Proxy
from .requests import Server
from .waits import Waits

_MOST_BYTES = 65_536
_tls: list[Any] = []


def open_socket(server: Server, waits: Waits) -> socket.socket:
    """Return a connection to a server.

    Raises
    ------
    LostError
        If there is none.
    """
    proxy = server.proxy
    sock = _connect(server if proxy is None else proxy, waits)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.scheme == "https":
            if proxy is not None:
                _ask_through(sock, server, proxy)
            return _secured(sock, server.host)
    except LostError:
        sock.close()
        raise
    except OSError as error:
        sock.close()
        raise lost(error) from error
    return sock


def lost(error: OSError) -> LostError:
    """Return the error of a connection that has failed."""
    if isinstance(error, TimeoutError):
        return LostError("it took too long")
    return LostError(str(error) or type(error).__name__)


def _connect(place: Server | Proxy, waits: Waits) -> socket.socket:
    at = place.host, place.port
    try:
        return socket.create_connection(at, timeout=max(0.001, waits.connect_seconds()))
    except socket.gaierror as error:
        text = f"there is no host {at[0]!r}: {error}"
        raise LostError(text, is_final=True) from error
    except UnicodeError as error:
        raise LostError(f"{at[0]!r} is no host name", is_final=True) from error
    except OSError as error:
        refused = isinstance(error, ConnectionRefusedError)
        raise LostError(f"{at[0]}:{at[1]}: {error}", is_refused=refused) from error


def _secured(sock: socket.socket, host: str) -> socket.socket:
    import ssl

    if not _tls:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        _tls.append(context)
    try:
        secured: socket.socket = _tls[0].wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        text = f"{host} does not prove that it is: {error.verify_message}"
        raise LostError(text, is_final=True) from error
    return secured


def _ask_through(sock: socket.socket, server: Server, proxy: Proxy) -> None:
    """Ask a proxy for a tunnel (RFC 9110, 9.3.6)."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    at = f"{host}:{server.port}"
    lines = [f"CONNECT {at} HTTP/1.1", f"host: {at}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    said = b""
    while b"\r\n\r\n" not in said:
        data = sock.recv(1)  # what follows is no longer the proxy's
        said += data
        if not data or len(said) > _MOST_BYTES:
            raise LostError(f"the proxy {proxy.host} does not answer")
    status = said.split(b" ", 2)[1:2]
    if status != [b"200"]:
        line = said.partition(b"\r\n")[0][:200].decode("latin-1")
        raise LostError(f"the proxy {proxy.host} refuses: {line}", is_final=True)
