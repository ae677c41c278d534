"""What cannot be served is refused at start, in one line that says why."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from butlery.cache import Repository
from butlery.cli import main
from butlery.registry import RepositoryError
from tests.registry.opening import OwnRepository, copy_repository
from tests.support.postgres import PostgresCluster, free_port
from tests.support.repositories import RepositoryShelf


def refusal(root: Path | str) -> str:
    """Return why a repository is not opened, and see that the command says so."""

    async def open_it() -> None:
        repository = Repository.from_uri("repo", str(root))
        await repository.open()
        await repository.close()

    with pytest.raises(RepositoryError) as caught:
        asyncio.run(open_it())
    text = str(caught.value)
    assert "\n" not in text
    outcome = CliRunner().invoke(main, ["serve", str(root)])
    assert outcome.exit_code == 1
    assert outcome.stderr == f"butlery: repository 'repo': {text}\n"
    assert not outcome.stdout
    return text


def manager(kind: str, cls: str) -> str:
    path = f"lsst.daf.butler.registry.some._module.{cls}"
    name = f"config:registry.managers.{kind}"
    return f"UPDATE butler_attributes SET value = '{path}' WHERE name = '{name}'"


def version(cls: str, text: str) -> str:
    return (
        f"UPDATE butler_attributes SET value = '{text}' "
        f"WHERE name LIKE 'version:%.{cls}'"
    )


def remove(name: str) -> str:
    return f"DELETE FROM butler_attributes WHERE name LIKE '{name}'"


UUID_DATASETS = "ByDimensionsDatasetRecordStorageManagerUUID"
BRIDGE = "MonolithicDatastoreRegistryBridgeManager"

# What is done to a good repository, and what the refusal must say.
SPOILED: list[tuple[str, str]] = [
    (manager("collections", "Other"), "collections manager is Other; supported: Synth"),
    (
        manager("datasets", "ByDimensionsDatasetRecordStorageManager"),
        f"datasets manager is ByDim.*Manager; supported: {UUID_DATASETS}",
    ),
    (manager("attributes", "Other"), "attributes manager is Other; supported: Def"),
    (manager("dimensions", "Other"), "dimensions manager is Other; supported: Static"),
    (manager("opaque", "Other"), "opaque manager is Other; supported: ByName"),
    (
        manager("datastores", "Other"),
        f"datastores manager is Other; supported: {BRIDGE}",
    ),
    (
        version(UUID_DATASETS, "3.0.0"),
        r"version 3\.0\.0; supported: 1\.0 to 1\.0, 2\.0 to 2\.0",
    ),
    (version(UUID_DATASETS, "2.1.0"), r"version 2\.1\.0; supported"),
    (version("SynthIntKeyCollectionManager", "1.0.0"), r"version 1\.0\.0; supported"),
    (version("StaticDimensionRecordStorageManager", "7.0.0"), r"version 7\.0\.0"),
    (version(BRIDGE, "0.3.0"), r"version 0\.3\.0; supported: 0\.0 to 0\.2"),
    (version(UUID_DATASETS, "two"), "version two; supported"),
    (version(UUID_DATASETS, "²·⁰.0.0"), "supported: 1"),
    (remove(f"version:%{UUID_DATASETS}"), "version unknown; supported"),
    (remove("config:registry.managers.opaque"), "names no opaque manager"),
    (remove("config:dimensions.json"), "no config:dimensions.json"),
    (remove("%"), "butler_attributes is empty: no Butler repository"),
    ("DROP TABLE butler_attributes", "no readable table butler_attributes"),
    (
        "UPDATE butler_attributes SET value = '{' WHERE name LIKE 'config:dim%.json'",
        "dimension universe cannot be read",
    ),
    ("DROP TABLE collection_chain", "no table collection_chain"),
    ("DROP TABLE visit_definition", "no table visit_definition"),
    ("DROP TABLE dataset_tags_00000001", "no table dataset_tags_00000001"),
    ("DROP TABLE dataset_calibs_00000001", "no table dataset_calibs_00000001"),
    (
        "ALTER TABLE detector RENAME COLUMN purpose TO aim",
        "table detector has no column purpose; the dimension universe or a manager",
    ),
    (
        "ALTER TABLE collection RENAME COLUMN doc TO docs",
        "table collection has no column doc;",
    ),
    (
        "UPDATE dataset_type SET dimensions_key = 999 WHERE name = 'bias'",
        "dataset type 'bias' has dimension group 999",
    ),
    (
        (
            "UPDATE dimension_graph_definition SET dimension_name = 'kamera'"
            " WHERE dimension_name = 'detector'"
        ),
        "kamera",
    ),
]


@pytest.mark.parametrize(("change", "said"), SPOILED)
def test_spoiled_sqlite_repository_is_refused(
    repositories: RepositoryShelf, change: str, said: str
) -> None:
    own = OwnRepository(repositories.copy("base"), None, "")
    own.execute(change)
    assert re.search(said, refusal(own.root))


POSTGRESQL_TOO = [SPOILED[n] for n in (0, 6, 16, 17, 19, 23)]


@pytest.mark.parametrize(("change", "said"), POSTGRESQL_TOO)
def test_spoiled_postgresql_repository_is_refused(
    repositories: RepositoryShelf, postgres: PostgresCluster, change: str, said: str
) -> None:
    own = copy_repository(repositories, postgres, "postgresql")
    own.execute(change.replace("DROP TABLE collection_chain", "DROP TABLE opaque_meta"))
    assert re.search(said.replace("collection_chain", "opaque_meta"), refusal(own.root))


RENAMING = """
registry: {managers: {datasets: {config: {overrides: {main: {rename: {raw: raws}}}}}}}
"""
UNSERVABLE = [
    ("cls: lsst.daf.butler.remote_butler.RemoteButler", "describes a RemoteButler"),
    (RENAMING, "overrides dataset types"),
    ("datastore: {cls: some.SasquatchDatastore}", "SasquatchDatastore is not file"),
    ("datastore: {cls: some.InMemoryDatastore}", "only in-memory datastores"),
    ("registry: {db: 'mysql://host/database'}", "supported are sqlite and postgresql"),
]


@pytest.mark.parametrize(("text", "said"), UNSERVABLE)
def test_configuration_of_what_cannot_be_served_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "butler.yaml").write_text(text, encoding="utf-8")
    assert said in refusal(tmp_path)


def test_records_table_that_the_database_does_not_have_is_named(
    repositories: RepositoryShelf,
) -> None:
    root = repositories.copy("base")
    file = root / "butler.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["datastore"]["records"] = {"table": "misspelt"}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert "misspelt" in refusal(root)


def configure(root: Path, registry: str) -> Path:
    root.mkdir(exist_ok=True)
    (root / "butler.yaml").write_text(f"registry: {registry}\n", encoding="utf-8")
    return root


def test_database_file_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    configure(tmp_path, "{}")
    assert "gen3.sqlite3" in refusal(tmp_path)
    assert not (tmp_path / "gen3.sqlite3").exists()


@pytest.mark.parametrize("content", [b"", b"This is no database. " * 99])
def test_database_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    configure(tmp_path, "{}")
    (tmp_path / "gen3.sqlite3").write_bytes(content)
    assert re.search("butler_attributes|gen3.sqlite3", refusal(tmp_path))


def test_folder_in_place_of_the_database_is_refused(tmp_path: Path) -> None:
    configure(tmp_path, "{}")
    (tmp_path / "gen3.sqlite3").mkdir()
    assert "gen3.sqlite3" in refusal(tmp_path)


def test_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://reader:SECRET@127.0.0.1:{free_port()}/registry"
    text = refusal(configure(tmp_path, f"{{db: '{url}'}}"))
    assert "127.0.0.1" in text
    assert "SECRET" not in text


def test_database_that_is_not_there_is_named(
    tmp_path: Path, postgres: PostgresCluster
) -> None:
    text = refusal(configure(tmp_path, f"{{db: '{postgres.url('nowhere')}'}}"))
    assert 'database "nowhere" does not exist' in text


def test_empty_database_is_no_repository(
    tmp_path: Path, postgres: PostgresCluster
) -> None:
    url = postgres.create_database("nothing_in_it")
    text = refusal(configure(tmp_path, f"{{db: '{url}'}}"))
    assert "no readable table butler_attributes: no Butler repository" in text


def test_wrong_namespace_is_named(
    repositories: RepositoryShelf, tmp_path: Path, postgres: PostgresCluster
) -> None:
    own = copy_repository(repositories, postgres, "postgresql")
    registry = f"{{db: '{postgres.url(own.database)}', namespace: dm_1}}"
    assert "in the namespace 'dm_1'" in refusal(configure(tmp_path, registry))


def test_role_that_may_not_read_a_table_is_told_which(
    repositories: RepositoryShelf, tmp_path: Path, postgres: PostgresCluster
) -> None:
    own = copy_repository(repositories, postgres, "postgresql")
    role = f"reader_of_{own.database}"
    own.execute(f"CREATE ROLE {role} LOGIN")
    url = postgres.url(own.database, user=role)
    root = configure(tmp_path, f"{{db: '{url}'}}")
    assert "or the role may not read it" in refusal(root)
    own.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    own.execute(f"REVOKE SELECT ON collection FROM {role}")
    assert re.search("may not read collection; run GRANT SELECT", refusal(root))


def test_command_ends_with_one_line_and_no_traceback(tmp_path: Path) -> None:
    configure(tmp_path, "{}")
    command = [sys.executable, "-m", "butlery", "serve", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(r"butlery: repository 'repo': .*gen3\.sqlite3.*\n", done.stderr)
    assert not done.stdout
