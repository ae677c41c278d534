"""One server over several repositories, and its query workers as processes."""

from collections.abc import Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.support.postgres_process import wait_until
from tests.support.servers import ButleryServer

NURSERY = "butlery.queries"


def serve(
    folder: Path, repositories: Mapping[str, Path], queries: str = "", more: str = ""
) -> ButleryServer:
    """Start a server with settings of its ``[queries]``."""
    settings = folder / "server.toml"
    tables = [
        f'[repositories.{label}]\nuri = "{root}"\npoll_seconds = 0\n'
        for label, root in repositories.items()
    ]
    text = f"[queries]\n{queries}\n{more}\n{''.join(tables)}"
    settings.write_text(text, encoding="utf-8")
    return ButleryServer.start(settings, label=next(iter(repositories)))


def nursery_of(server: ButleryServer) -> psutil.Process | None:
    """Return the process that forks the workers of a server, if it has begun."""
    for process in psutil.Process(server.process.pid).children():
        if NURSERY in process.cmdline():
            return process
    return None


def workers_of(server: ButleryServer) -> list[psutil.Process]:
    """Return the query workers of a server that are alive."""
    nursery = nursery_of(server)
    if nursery is None:
        return []
    return [w for w in nursery.children() if w.status() != psutil.STATUS_ZOMBIE]


def wait_for_workers(server: ButleryServer, count: int) -> list[psutil.Process]:
    """Return the workers when there are as many."""
    wait_until(f"{count} workers", lambda: len(workers_of(server)) == count)
    return workers_of(server)
