"""Whatever a person types leads to the same repository, or to one clear line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from butlery.registry import RepositoryError, load_repository_config
from tests.registry.config.conftest import write_text, write_yaml

PLACE = "postgresql://db.example.org/registry"


def refusal(repository: str | Path) -> str:
    with pytest.raises(RepositoryError) as caught:
        load_repository_config(str(repository))
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository's folder with a name that must be quoted in URIs."""
    folder = tmp_path / "a repo + 100%#1"
    write_yaml(folder / "butler.yaml", {"registry": {"db": PLACE}})
    return folder


def test_empty_configuration_means_the_defaults(tmp_path: Path) -> None:
    config = load_repository_config(write_yaml(tmp_path / "butler.yaml", {}))
    assert config.database.drivername == "sqlite+aiosqlite"
    assert config.database.database == f"{tmp_path}/gen3.sqlite3"
    assert config.namespace is None
    (datastore,) = config.datastores
    assert datastore.name == "FileDatastore@<butlerRoot>/datastore"
    assert datastore.root == f"{tmp_path}/datastore"
    assert datastore.records_table == "file_datastore_records"


def test_folder_file_and_uri_name_the_same_repository(folder: Path) -> None:
    file = folder / "butler.yaml"
    for repository in (folder, f"{folder}/", file, folder.as_uri(), file.as_uri()):
        config = load_repository_config(str(repository))
        assert config.uri == str(file)
        assert config.datastores[0].root == f"{folder}/datastore"


def test_relative_path_starts_from_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert load_repository_config(folder.name).uri == str(folder / "butler.yaml")
    monkeypatch.chdir(folder)
    assert load_repository_config(".").uri == str(folder / "butler.yaml")


def test_home_is_understood(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert load_repository_config(f"~/{folder.name}").uri == str(folder / "butler.yaml")


def test_json_configuration_is_read(tmp_path: Path) -> None:
    text = json.dumps({"registry": {"db": PLACE}})
    config = load_repository_config(write_text(tmp_path / "other.json", text))
    assert config.database.host == "db.example.org"


def test_root_replaces_the_configurations_own_folder(tmp_path: Path) -> None:
    document = {"root": f"{tmp_path}/elsewhere/", "datastore": {"root": "<butlerRoot>"}}
    config = load_repository_config(write_yaml(tmp_path / "c" / "b.yaml", document))
    assert config.database.database == f"{tmp_path}/elsewhere/gen3.sqlite3"
    assert config.datastores[0].root == f"{tmp_path}/elsewhere"


def test_root_may_be_a_file_uri(tmp_path: Path) -> None:
    root = (tmp_path / "else where").as_uri()
    config = load_repository_config(write_yaml(tmp_path / "b.yaml", {"root": root}))
    assert config.database.database == f"{tmp_path}/else where/gen3.sqlite3"


@pytest.mark.parametrize("inline", [True, False])
def test_label_is_looked_up_in_the_repository_index(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, inline: bool
) -> None:
    index = {"dp1": str(folder), "remote": folder.as_uri()}
    if inline:
        monkeypatch.setenv("DAF_BUTLER_REPOSITORIES", yaml.safe_dump(index))
    else:
        path = write_yaml(folder.parent / "index.yaml", index)
        monkeypatch.setenv("DAF_BUTLER_REPOSITORY_INDEX", path)
    for label in (*index, str(folder)):
        assert load_repository_config(label).uri == str(folder / "butler.yaml")
    assert "label of the repository index" in refusal("unknown")


def test_two_indexes_at_once_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAF_BUTLER_REPOSITORIES", "{a: b}")
    monkeypatch.setenv("DAF_BUTLER_REPOSITORY_INDEX", "index.yaml")
    assert "unset one of them" in refusal(folder)


def test_inline_index_that_is_not_yaml_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAF_BUTLER_REPOSITORIES", "{a: ")
    assert "DAF_BUTLER_REPOSITORIES" in refusal(folder)


def test_database_parts_may_stand_apart(tmp_path: Path) -> None:
    registry = {
        "db": "postgresql+psycopg2://db.example.org",
        "username": "reader",
        "password": "p@ss/word",
        "port": "5433",
        "host": "ignored.example.org",
        "database": "registry",
        "namespace": "dm_51372",
    }
    path = write_yaml(tmp_path / "butler.yaml", {"registry": registry})
    config = load_repository_config(path)
    text = "postgresql+psycopg://reader:p%40ss%2Fword@db.example.org:5433/registry"
    assert config.database == make_url(text)
    assert config.namespace == "dm_51372"


def test_namespace_means_nothing_to_sqlite(tmp_path: Path) -> None:
    document = {"registry": {"namespace": "main"}}
    config = load_repository_config(write_yaml(tmp_path / "butler.yaml", document))
    assert config.namespace is None


def test_direct_butler_may_be_named(tmp_path: Path) -> None:
    document = {"cls": "lsst.daf.butler.direct_butler.DirectButler"}
    path = write_yaml(tmp_path / "butler.yaml", document)
    assert load_repository_config(path).uri == path


OVERRIDES = {"main": {"rename": {"raw": "raws"}}}

# What butler.yaml says, and what the refusal must name.
REFUSED: list[tuple[Any, str]] = [
    (
        {"cls": "lsst.daf.butler.remote_butler.RemoteButler"},
        "RemoteButler.*butler.yaml of the repository itself",
    ),
    ({"cls": "somewhere.OtherButler"}, "OtherButler"),
    (
        {"registry": {"managers": {"datasets": {"config": {"overrides": OVERRIDES}}}}},
        r"managers\.datasets\.config\.overrides",
    ),
    ({"registry": {"db": "mysql://h/d"}}, "mysql; supported are sqlite and postgresql"),
    ({"registry": {"db": "nonsense"}}, "registry.db is not a database URL"),
    ({"registry": {"db": "sqlite://"}}, "in-memory SQLite"),
    ({"registry": {"db": "sqlite:///:memory:"}}, "in-memory SQLite"),
    ({"root": "s3://bucket/repo"}, "SQLite database cannot be opened at s3://bucket"),
    ([1, 2], "holds no mapping"),
    ("text", "holds no mapping"),
    (None, "holds no mapping"),
    ({"registry": {"db": PLACE, "port": "many"}}, "port"),
    ({"registry": [1]}, "registry"),
    ({"registry": {"db": PLACE, "managers": [1]}}, "managers"),
    ({"datastore": "somewhere"}, "datastore"),
    ({"datastore": {"records": "somewhere"}}, "records"),
]


@pytest.mark.parametrize(("document", "named"), REFUSED, ids=str)
def test_what_cannot_be_served_is_refused_in_one_line(
    tmp_path: Path, document: Any, named: str
) -> None:
    assert re.search(named, refusal(write_yaml(tmp_path / "butler.yaml", document)))


def test_missing_repository_is_named_with_what_to_give_instead(tmp_path: Path) -> None:
    text = refusal(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in text
    assert "butler.yaml or a label" in text


def test_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    assert f"cannot read {tmp_path}/butler.yaml" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\t- x", "a: !!python/name:os.x"])
def test_file_that_is_not_yaml_is_refused_in_one_line(
    tmp_path: Path, text: str
) -> None:
    path = write_text(tmp_path / "butler.yaml", text)
    assert f"{path} is not valid YAML" in refusal(path)


def test_refusal_of_bad_yaml_never_shows_a_password(tmp_path: Path) -> None:
    text = "registry: {password: SECRET, db: [}"
    assert "SECRET" not in refusal(write_text(tmp_path / "butler.yaml", text))


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "butler.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert f"cannot read {path}" in refusal(path)
