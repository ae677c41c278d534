"""Every file in ``configs/`` runs as it stands, beside a demo repository."""

import shutil
from pathlib import Path
from urllib.request import urlopen

import pytest

from butlery.server import load_config
from tests.support.postgres import free_port
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_CONFIGS = Path(__file__).parent.parent / "configs"
_FILES = sorted(_CONFIGS.glob("*.toml"))


@pytest.mark.parametrize("name", [path.name for path in _FILES])
def test_configuration_file_serves_every_repository_it_names(
    name: str, tmp_path: Path, repositories: RepositoryShelf
) -> None:
    shutil.copytree(_CONFIGS, tmp_path / "configs")
    shutil.copytree(repositories.copy("base"), tmp_path / "demo-repo")
    file = tmp_path / "configs" / name
    server = ButleryServer.start(file, port=free_port())
    try:
        for label in load_config(file).repositories:
            url = f"{server.url}/api/butler/repo/{label}/v1/universe"
            with urlopen(url, timeout=10) as response:
                assert response.status == 200
    finally:
        server.stop()


def test_there_are_configurations_to_try() -> None:
    assert len(_FILES) >= 2
