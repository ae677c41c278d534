"""Every file in ``configs/`` runs as it stands, beside a demo repository."""

import re
import shutil
import tomllib
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest

from butlery.server import RepositorySettings, ServerConfig, load_config
from tests.support.postgres import free_port
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_CONFIGS = Path(__file__).parent.parent / "configs"
_TABLE = r"(\[+(repositories\.demo\.)?)"
_FILES = sorted(_CONFIGS.glob("*.toml"))


@pytest.mark.parametrize("name", [path.name for path in _FILES])
def test_configuration_file_serves_every_repository_it_names(
    name: str, tmp_path: Path, repositories: RepositoryShelf
) -> None:
    shutil.copytree(_CONFIGS, tmp_path / "configs")
    shutil.copytree(repositories.copy("base"), tmp_path / "demo-repo")
    file = tmp_path / "configs" / name
    text = file.read_text().replace("port = 8081", f"port = {free_port()}")
    file.write_text(text)
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


@pytest.mark.parametrize("struct", [ServerConfig, RepositorySettings])
def test_file_of_every_setting_has_every_setting(struct: type[msgspec.Struct]) -> None:
    text = (_CONFIGS / "several.toml").read_text()
    for field in msgspec.structs.fields(struct):
        assert re.search(rf"^(# )?{_TABLE}?{field.name}\b", text, re.MULTILINE), (
            field.name
        )


def test_file_of_every_setting_marks_each_value_that_is_not_the_default() -> None:
    text = (_CONFIGS / "several.toml").read_text()
    settings = tomllib.loads(text)
    repository = settings.pop("repositories")["demo"]
    config = ServerConfig({"x": RepositorySettings("")})
    defaults = msgspec.json.decode(msgspec.json.encode(config))
    defaults |= defaults.pop("repositories")["x"]
    for name, value in {**settings, **repository}.items():
        if value != defaults[name] and name != "uri":
            assert re.search(
                rf"^{_TABLE}?{name}\b.*# .*default: ", text, re.MULTILINE
            ), name


def test_container_listens_where_its_port_can_be_published() -> None:
    deploy = _CONFIGS.parent / "deploy"
    config = load_config(deploy / "container.toml")
    recipe = (deploy / "Containerfile").read_text()
    assert config.host == "0.0.0.0"
    (settings,) = config.repositories.values()
    assert f":{settings.uri} " in recipe
    assert f"EXPOSE {config.port}\n" in recipe


def test_image_is_built_from_the_tree_and_nothing_beside_it() -> None:
    lines = (_CONFIGS.parent / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    admitted = {rule[1:] for rule in rules if rule.startswith("!")}
    # What tests/test_package.py builds the package from.
    assert admitted == {"LICENSE", "README.md", "pyproject.toml", "setup.py", "src"}
