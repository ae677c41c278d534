"""CPU time of a server and all its worker processes, read from ``/proc``.

Absent (``None``) where there is no such folder, or the process has ended: the
figures then leave the column out.
"""

import os
from pathlib import Path

_PROC = Path("/proc")
# Positions after the command name, which may itself hold spaces and brackets.
_PARENT, _OWN_AND_REAPED = 1, slice(11, 15)


def tree_cpu_seconds(pid: int) -> float | None:
    """User and system time of ``pid``, its descendants and those it has reaped."""
    processes = {p: fields for p in _pids() if (fields := _stat(p)) is not None}
    if pid not in processes:
        return None
    ticks = sum(
        sum(int(field) for field in processes[member][_OWN_AND_REAPED])
        for member in _descendants(pid, processes)
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _pids() -> list[int]:
    if not _PROC.is_dir():
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:  # ended since the folder was listed
        return None
    return text.rpartition(")")[2].split()


def _descendants(pid: int, processes: dict[int, list[str]]) -> set[int]:
    family = {pid}
    while True:
        found = {
            child
            for child, fields in processes.items()
            if int(fields[_PARENT]) in family and child not in family
        }
        if not found:
            return family
        family |= found
