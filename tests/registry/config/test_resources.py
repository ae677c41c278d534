"""Configurations are read over HTTP and from object stores as from disk."""

from pathlib import Path

import pytest

from butlery.registry import RepositoryError, load_repository_config
from tests.registry.config.conftest import write_text, write_yaml

DOCUMENT = {"registry": {"db": "postgresql://db.example.org/registry"}}


@pytest.mark.parametrize("name", ["", "/", "/butler.yaml"])
def test_repository_is_found_by_its_http_url(
    http_root: tuple[Path, str], name: str
) -> None:
    folder, url = http_root
    write_yaml(folder / "a repo" / "butler.yaml", DOCUMENT)
    config = load_repository_config(f"{url}/a%20repo{name}")
    assert config.uri == f"{url}/a%20repo/butler.yaml"
    assert config.datastores[0].root == f"{url}/a%20repo/datastore"


def test_http_configuration_includes_its_neighbours(
    http_root: tuple[Path, str],
) -> None:
    folder, url = http_root
    write_yaml(folder / "repo" / "parts" / "db.yaml", DOCUMENT["registry"])
    text = "{registry: !include parts/db.yaml, includeConfigs: /more.yaml}"
    text = text.replace("/more.yaml", f"{url}/more.yaml")
    write_text(folder / "repo" / "butler.yaml", text)
    write_yaml(folder / "more.yaml", {"datastore": {"name": "more"}})
    config = load_repository_config(f"{url}/repo")
    assert config.database.host == "db.example.org"
    assert config.datastores[0].name == "more"


def test_index_over_http_leads_to_a_local_repository(
    http_root: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, url = http_root
    write_yaml(tmp_path / "repo" / "butler.yaml", DOCUMENT)
    write_yaml(folder / "index.yaml", {"dp1": str(tmp_path / "repo")})
    monkeypatch.setenv("DAF_BUTLER_REPOSITORY_INDEX", f"{url}/index.yaml")
    assert load_repository_config("dp1").uri == f"{tmp_path}/repo/butler.yaml"


def test_sqlite_database_on_another_machine_is_refused(
    http_root: tuple[Path, str],
) -> None:
    folder, url = http_root
    write_yaml(folder / "butler.yaml", {})
    with pytest.raises(RepositoryError, match=f"cannot be opened at {url}; it must be"):
        load_repository_config(url)


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:1/repo", "https://127.0.0.1:1/repo", "ftp://host/repo", "x://y"],
)
def test_what_cannot_be_fetched_is_named(uri: str) -> None:
    with pytest.raises(RepositoryError, match=f"cannot read {uri}/butler.yaml"):
        load_repository_config(uri)


@pytest.mark.parametrize("uri", ["http://[::1/repo", "http://host:port/repo"])
def test_what_is_no_url_is_refused(uri: str) -> None:
    with pytest.raises(RepositoryError):
        load_repository_config(uri)


def test_http_answer_that_is_no_configuration_is_refused(
    http_root: tuple[Path, str],
) -> None:
    _, url = http_root
    with pytest.raises(RepositoryError, match="404"):
        load_repository_config(f"{url}/nowhere")


@pytest.fixture
def bucket(
    http_root: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A bucket: an object store answers GET /bucket/key as a file server does."""
    folder, url = http_root
    monkeypatch.setenv("S3_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return folder / "bucket", "s3://bucket"


def test_repository_is_read_from_an_object_store(bucket: tuple[Path, str]) -> None:
    folder, uri = bucket
    write_yaml(folder / "dp1" / "parts" / "db.yaml", DOCUMENT["registry"])
    text = "{registry: !include parts/db.yaml, datastore: {root: <butlerRoot>}}"
    write_text(folder / "dp1" / "butler.yaml", text)
    config = load_repository_config(f"{uri}/dp1/")
    assert config.uri == f"{uri}/dp1/butler.yaml"
    assert config.datastores[0].root == f"{uri}/dp1"


def test_object_that_is_not_there_is_named(bucket: tuple[Path, str]) -> None:
    _, uri = bucket
    with pytest.raises(RepositoryError, match=f"cannot read {uri}/no/butler.yaml"):
        load_repository_config(f"{uri}/no")


def test_unknown_profile_is_named(bucket: tuple[Path, str]) -> None:
    _, uri = bucket
    named = uri.replace("s3://", "s3://somebody@")
    with pytest.raises(RepositoryError, match="somebody"):
        load_repository_config(f"{named}/dp1")


def test_sqlite_database_in_an_object_store_is_refused(
    bucket: tuple[Path, str],
) -> None:
    folder, uri = bucket
    write_yaml(folder / "butler.yaml", {})
    with pytest.raises(RepositoryError, match="it must be a local file"):
        load_repository_config(uri)
