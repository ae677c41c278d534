"""Which processes run on which cores.

The web process has a core of its own, and what asks it another; workers and the
database have the rest, or share the second core where there is no other.
"""

import os
from collections.abc import Collection

import msgspec
import psutil  # type: ignore[import-untyped]


class Cores(msgspec.Struct, frozen=True):
    """The cores of each."""

    web: tuple[int, ...]
    asking: tuple[int, ...]
    others: tuple[int, ...]

    @classmethod
    def shared_out(cls) -> "Cores":
        """Share out the cores that this process may use."""
        first, *rest = sorted(os.sched_getaffinity(0))
        if not rest:
            return cls((first,), (first,), (first,))
        return cls((first,), (rest[0],), tuple(rest[1:]) or (rest[0],))


def pin_server(pid: int, cores: Cores) -> None:
    """Pin a web process, and its query workers with what forks them."""
    _pin([pid], cores.web)
    _pin([p.pid for p in psutil.Process(pid).children(recursive=True)], cores.others)


def pin_database(pid: int, cores: Cores) -> None:
    """Pin a PostgreSQL; connections that come later inherit it."""
    family = psutil.Process(pid).children(recursive=True)
    _pin([pid, *(process.pid for process in family)], cores.others)


def _pin(pids: Collection[int], cores: tuple[int, ...]) -> None:
    for pid in pids:
        try:
            threads = [thread.id for thread in psutil.Process(pid).threads()]
            for thread in threads:
                os.sched_setaffinity(thread, cores)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue  # it has ended meanwhile
