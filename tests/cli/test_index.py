"""`butlery index` makes, checks and moves files, and says in one line what is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from butlery.cache.index import IndexLibrary, Manifest
from butlery.cli import main
from tests.cache.index.conftest import object_store, place
from tests.cache.index.indexing import publish_bytes
from tests.support.repositories import RepositoryShelf

__all__ = ["object_store", "place"]

CONFIG = """
[repositories.dp1]
uri = "{uri}"
index = {{ folder = "indexes" }}
[[repositories.dp1.policies]]
policy = "permanent"
collections = ["runs/*"]
dataset_types = ["bias", "raw"]
dimensions = ["visit"]
"""


def index(*arguments: object) -> Result:
    command = ["index", *map(str, arguments)]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def failed(*arguments: object) -> str:
    outcome = index(*arguments)
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("butlery: ")
    assert outcome.stderr.count("\n") == 1
    return outcome.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def manifest(folder: Path) -> Manifest:
    return publish_bytes(IndexLibrary(folder), b"content")


def spoil(folder: Path, manifest: Manifest) -> None:
    path = IndexLibrary(folder).path(manifest)
    path.chmod(0o644)
    path.write_bytes(b"CONTENT")


def test_build_from_globs_is_one_line(
    repositories: RepositoryShelf, folder: Path
) -> None:
    root = repositories.get("base")
    built = index("build", root, "--folder", folder, "--permanent", "runs/*")
    assert built.exit_code == 0, built.output
    (manifest,), _ = IndexLibrary(folder).manifests()
    assert built.stdout.startswith(f"{manifest.name}: {manifest.datasets} datasets ")
    assert built.stdout.count("\n") == 1
    assert manifest.collections == 3


def test_build_from_a_configuration_knows_where_and_what(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "butlery.toml"
    config.write_text(CONFIG.format(uri=repositories.get("base")))
    for arguments in ([], ["--label", "dp1"]):
        built = index("build", "--config", config, *arguments, "--json")
        assert built.exit_code == 0, built.output
        document = json.loads(built.stdout)
        assert document["collections"] == 3
        assert list(document["records"]) == ["visit"]
    (manifest,), _ = IndexLibrary(tmp_path / "indexes").manifests()
    assert document["name"] == manifest.name
    assert "dp1" in failed("build", "--config", config, "--label", "dp2")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["repo", "--folder", "x"],
        ["repo", "--permanent", "*"],
        ["--folder", "x", "--permanent", "*"],
        ["repo", "--folder", "x", "--config", "/nowhere/at/all"],
    ],
    ids=str,
)
def test_build_of_nothing_in_particular_is_misuse(arguments: list[str]) -> None:
    assert index("build", *arguments).exit_code == 2


def test_build_that_cannot_be_is_one_line(
    repositories: RepositoryShelf, folder: Path
) -> None:
    root = repositories.get("base")
    nothing = failed("build", root, "--folder", folder, "--permanent", "none/*")
    assert "there is nothing to compile" in nothing
    nowhere = failed("build", "/nowhere", "--folder", folder, "--permanent", "*")
    assert "there is no /nowhere" in nowhere
    (folder / "file").write_text("")
    below = folder / "file" / "below"
    unwritable = failed("build", root, "--folder", below, "--permanent", "*")
    assert f"{below}: Not a directory" in unwritable


def test_verify_names_what_is_damaged(folder: Path, manifest: Manifest) -> None:
    other = publish_bytes(IndexLibrary(folder), b"other")
    assert index("verify", "--folder", folder).exit_code == 0
    spoil(folder, manifest)
    message = failed("verify", "--folder", folder)
    assert f"butlery: {manifest.name}: its bytes are not those" in message
    assert index("verify", other.name, "--folder", folder).exit_code == 0
    assert index("verify", other.digest[:8], "--folder", folder).exit_code == 0
    failed("verify", manifest.digest[:8], "--folder", folder)
    (folder / f"{manifest.name}.manifest.json").unlink()
    (folder / f"{manifest.name}.manifest.json").write_text("{")
    assert "its manifest is damaged" in failed("verify", "--folder", folder)
    assert "has no index 'none'" in failed("verify", "none", "--folder", folder)


def test_list_says_what_is_known(folder: Path, manifest: Manifest) -> None:
    head, row = (
        line.split("\t")
        for line in index("list", "--folder", folder).stdout.splitlines()
    )
    assert head[0] == "name"
    assert row[0] == manifest.name
    assert row[4] == "verified"
    (folder / f"{manifest.name}.checked").unlink()
    listing = json.loads(index("list", "--folder", folder, "--json").stdout)
    assert [each["state"] for each in listing["indexes"]] == ["unverified"]
    IndexLibrary(folder).path(manifest).unlink()
    refused = index("list", "--folder", folder)
    assert "\trefused\t" in refused.stdout
    assert f"{manifest.name}: it cannot be read" in refused.stderr


def test_push_and_pull(folder: Path, manifest: Manifest, place: str) -> None:
    pushed = index("push", "newest", place, "--folder", folder)
    assert pushed.exit_code == 0, pushed.output
    assert manifest.name in pushed.stdout
    listing = json.loads(index("list", place, "--json").stdout)
    assert [each["name"] for each in listing["indexes"]] == [manifest.name]
    for number, name in enumerate(([], ["newest"], [manifest.name])):
        other = folder.parent / str(number)
        pulled = index("pull", *name, place, "--folder", other, "--json")
        assert json.loads(pulled.stdout)["digest"] == manifest.digest
        assert IndexLibrary(other).newest("a1b2", None)[0] == manifest


def test_push_and_pull_of_what_is_not_there_is_one_line(
    folder: Path, manifest: Manifest, place: str
) -> None:
    assert "has no index yet" in failed("pull", place, "--folder", folder)
    assert "no place for" in failed("push", "newest", "ftp://x", "--folder", folder)
    spoil(folder, manifest)
    assert manifest.name in failed("push", "newest", place, "--folder", folder)
    publish_bytes(IndexLibrary(folder), b"of others", repository="c3")
    message = failed("push", "newest", place, "--folder", folder)
    assert "several repositories: name one" in message


@pytest.mark.parametrize("arguments", [["pull", "a", "b", "c"], ["list"], ["verify"]])
def test_misuse_is_explained(arguments: list[str], folder: Path) -> None:
    more = ["--folder", folder] if arguments[0] == "pull" else []
    assert index(*arguments, *more).exit_code == 2
