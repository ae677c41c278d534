"""Memory of processes, as the kernel counts it. Linux only."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

_SELF = Path("/proc/self")
_MEGABYTE_KB = 1024
_EVERY_SECONDS = 0.2


class Memory(msgspec.Struct, frozen=True):
    """Of one process, in MB.

    Parameters
    ----------
    own
        Private to it.
    mapped, share
        Pages of index files that it has touched, and its share of them: pages that
        two processes have count half in each.
    """

    own: float
    mapped: float
    share: float


def memory_of_self(suffix: str = ".index") -> Memory:
    """Return the memory of this process; mapped are files with such names."""
    mapped = share = 0
    is_wanted = False
    for line in (_SELF / "smaps").read_text().splitlines():
        name, _, rest = line.partition(":")
        if " " in name:  # the head of a mapping
            is_wanted = line.endswith(suffix)
        elif is_wanted and name == "Rss":
            mapped += int(rest.split()[0])
        elif is_wanted and name == "Pss":
            share += int(rest.split()[0])
    return Memory(own_megabytes(), mapped / _MEGABYTE_KB, share / _MEGABYTE_KB)


def own_megabytes() -> float:
    """Return the memory that is no file's."""
    for line in (_SELF / "status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / _MEGABYTE_KB
    raise OSError("/proc/self/status has no RssAnon")


@contextmanager
def sampled(
    measure: Callable[[], float] = own_megabytes,
) -> Iterator[list[float]]:
    """Have a list to which this process's memory is added all the time."""
    samples = [measure()]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_EVERY_SECONDS):
            samples.append(measure())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()
