"""How long answers take, on one connection, to the nanosecond."""

import socket
import time
from types import TracebackType
from typing import Self

from tests.support.servers import HOST, ButleryServer

_MOST = 1 << 16


class Stopwatch:
    """One connection that waits in the kernel, and so adds next to nothing.

    Parameters
    ----------
    server
        The one that is asked.
    """

    def __init__(self, server: ButleryServer) -> None:
        self._socket = socket.create_connection((HOST, server.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, message: bytes) -> tuple[int, bytes]:
        """Return how many nanoseconds an answer has taken, and the answer."""
        began = time.perf_counter_ns()
        self._socket.sendall(message)
        answer = self._socket.recv(_MOST)
        took = time.perf_counter_ns() - began
        while not _is_whole(answer, is_head=message.startswith(b"HEAD")):
            more = self._socket.recv(_MOST)
            took = time.perf_counter_ns() - began
            if not more:
                raise EOFError
            answer += more
        return took, answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()


def _is_whole(answer: bytes, *, is_head: bool) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    if is_head or head.split(b" ", 2)[1] == b"304":
        return True
    _, _, rest = head.lower().partition(b"content-length:")
    return len(body) >= int(rest.split(b"\r\n")[0])
