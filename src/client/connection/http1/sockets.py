"""Connections to servers, kept for the next request to the same one.

Any number of threads may use it: a connection is taken out while a request is sent
over it. Each process has its own, also after a fork.
"""

import contextlib
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ..messages import Enough, LostError, Reply, Request
from ..proxies import proxy_for
from .answers import Answer
from .opening import lost, open_socket
from .requests import Server, encode, split
from .waits import Waits

_PIECE_BYTES = 2**18
_SMALL_BYTES = 2**14
_MOST_IDLE = 16  # of each server
_MOST_IDLE_SECONDS = 30.0  # what is between may forget a connection without a word
_SLICE_SECONDS = 1.0  # after which somebody who waits looks whether they still should
_MOST_SERVERS = 100


class Sockets:
    """Sends requests, each over a connection that nobody else uses meanwhile."""

    def __init__(self) -> None:
        self._servers: dict[str, _Kept] = {}
        self._process = os.getpid()

    def exchange(self, request: Request, waits: Waits) -> Reply:
        """Send a request and return its answer.

        Parameters
        ----------
        request
            What is sent.
        waits
            How long each wait may take.

        Raises
        ------
        LostError
            If there is no whole answer.
        """
        origin, target = split(request.url)
        kept = self._kept(origin)
        data = encode(request, kept.server, target)
        while (idle := kept.take()) is not None:
            try:
                return _exchange(idle, kept, data, request, waits)
            except _StaleError:
                continue  # the server has closed it, as it may at any time
        sock = open_socket(kept.server, waits)
        try:
            return _exchange(sock, kept, data, request, waits)
        except _StaleError as error:
            raise LostError("the server closed the connection") from error

    def close(self) -> None:
        """Close all connections that nobody uses."""
        servers, self._servers = self._servers, {}
        for kept in servers.values():
            kept.close()

    def __del__(self) -> None:
        self.close()

    def _kept(self, origin: str) -> "_Kept":
        if self._process != os.getpid():
            # They are the parent's, which goes on using them.
            self._servers, self._process = {}, os.getpid()
        kept = self._servers.get(origin)
        if kept is None:
            if len(self._servers) >= _MOST_SERVERS:
                self.close()
            url = urlsplit(origin)
            kept = self._servers.setdefault(
                origin, _Kept(Server.of(url, proxy_for(url)))
            )
        return kept


class _Kept:
    """Connections to one server that nobody uses."""

    __slots__ = ("_idle", "server")

    def __init__(self, server: Server) -> None:
        self.server = server
        self._idle: deque[tuple[socket.socket, float]] = deque()

    def keep(self, sock: socket.socket) -> None:
        """Keep a connection for whoever comes next, unless there are enough."""
        if len(self._idle) < _MOST_IDLE:
            self._idle.append((sock, time.monotonic()))
        else:
            sock.close()

    def take(self) -> socket.socket | None:
        """Return a connection that is there as far as anybody can tell, or `None`."""
        while self._idle:
            try:
                sock, since = self._idle.pop()
            except IndexError:
                break  # another thread took the last one
            if time.monotonic() - since < _MOST_IDLE_SECONDS and not _has_said(sock):
                return sock
            sock.close()
        return None

    def close(self) -> None:
        """Close them."""
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop()[0].close()


def _has_said(sock: socket.socket) -> bool:
    """Tell whether something has come that nobody asked for, such as a good-bye.

    It is no answer to what is asked next.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


class _StaleError(Exception):
    """A connection that was kept is no longer one."""


def _exchange(
    sock: socket.socket, kept: _Kept, data: bytes, request: Request, waits: Waits
) -> Reply:
    answer = Answer(request.sink_for)
    try:
        _write(sock, data, waits)
        for received in _read(sock, answer, waits):
            answer.take(received)
            waits.heard(len(received))
    except Enough:
        pass
    finally:
        if answer.may_be_followed:
            kept.keep(sock)
        else:
            sock.close()
    sink: Any = answer.sink
    return Reply(answer.status, answer.headers, sink.close())


def _write(sock: socket.socket, data: bytes, waits: Waits) -> None:
    try:
        if len(data) > _SMALL_BYTES:  # others fit into the socket's own memory
            _allow(sock, waits)
        sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise _StaleError from error
    except OSError as error:
        raise lost(error) from error


def _read(sock: socket.socket, answer: Answer, waits: Waits) -> Iterator[bytes]:
    """Yield what comes, until an answer is complete."""
    has_begun = False
    while not answer.is_complete:
        try:
            received = _receive(sock, waits)
        except OSError as error:
            if isinstance(error, ConnectionResetError) and not has_begun:
                raise _StaleError from error
            raise lost(error) from error
        if not received:
            if not has_begun:
                raise _StaleError
            answer.end()
            return
        has_begun = True
        yield received


def _receive(sock: socket.socket, waits: Waits) -> bytes:
    """Return what comes next, however long it is waited for."""
    ends = time.monotonic() + waits.seconds()
    while True:
        left = min(waits.seconds(), ends - time.monotonic())
        if left <= 0:
            raise TimeoutError
        # The same as before, as long as there is time: to change it costs a call.
        _set_timeout(sock, min(left, _SLICE_SECONDS))
        with contextlib.suppress(TimeoutError):
            return sock.recv(_PIECE_BYTES)


def _allow(sock: socket.socket, waits: Waits) -> None:
    seconds = waits.seconds()
    if seconds <= 0:
        raise TimeoutError
    _set_timeout(sock, seconds)


def _set_timeout(sock: socket.socket, seconds: float) -> None:
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)
