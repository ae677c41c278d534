"""What a server's processes take of the machine."""

import os
import signal
from contextlib import ExitStack, suppress
from http.client import HTTPConnection

import psutil  # type: ignore[import-untyped]

from tests.support.servers import HOST, ButleryServer

MEGABYTE = 1024 * 1024
_CONNECTIONS = 8


def cpu_seconds(server: ButleryServer) -> float:
    """Return the processor time that a server of one process has used so far."""
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)


def memory_megabytes(server: ButleryServer) -> float:
    """Return the resident memory of a server of one process."""
    return float(psutil.Process(server.process.pid).memory_info().rss / MEGABYTE)


def serving_workers(server: ButleryServer) -> set[int]:
    """Return the processes of a server of several that take connections now."""
    with ExitStack() as stack:
        # One after the other: of those that come together, one process takes all.
        for _ in range(_CONNECTIONS):
            connection = HTTPConnection(HOST, server.port, timeout=10)
            stack.callback(connection.close)
            connection.request("GET", "/")
            connection.getresponse()
        children = psutil.Process(server.process.pid).children()
        return {child.pid for child in children if _has_connection(child, server)}


def _has_connection(process: psutil.Process, server: ButleryServer) -> bool:
    # Of one that has just died, an ordinary user may not even read.
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        ends = process.net_connections("tcp")
        return any(end.raddr and end.laddr.port == server.port for end in ends)
    return False


def kill(process: int) -> None:
    """Kill one process at once."""
    os.kill(process, signal.SIGKILL)
