"""One server of two workers, and its admin API."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.postgres import free_port
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer


@dataclass(frozen=True)
class Commanded:
    """A server, and where its operators reach it."""

    server: ButleryServer
    admin_port: int

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"


@pytest.fixture(scope="module")
def commanded(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Commanded]:
    root = repositories.copy("base")
    yield from start(tmp_path_factory.mktemp("admin"), root)


def start(folder: Path, root: Path) -> Iterator[Commanded]:
    port = free_port()
    config = folder / "server.toml"
    config.write_text(
        f"""
workers = 2
[admin]
port = {port}
[repositories.repo]
uri = "{root}"
"""
    )
    server = ButleryServer.start(config)
    yield Commanded(server, port)
    server.stop()
    assert "internal-error" not in server.log_text()
