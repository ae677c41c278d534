"""The commands of the README and the guides are run here, so that they are true.

Fenced blocks are taken as they stand; only the port differs.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from lsst.daf.butler import Butler, DatasetType
from sqlalchemy import make_url

from butlery.client.testing import FakeButlerServer
from butlery.registry.config import load_repository_config
from butlery.registry.config.credentials import with_credentials
from tests.client.readers import skies
from tests.support.postgres import PostgresCluster, free_port
from tests.support.repositories import make_repository

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text()
_CLIENTS = (_ROOT / "docs" / "clients.md").read_text()
_OPERATORS = (_ROOT / "docs" / "operators.md").read_text()
_PAGES = sorted((_ROOT / "docs" / "client").glob("*.md"))
_PUBLISHED = "http://127.0.0.1:8080"


def _blocks(language: str, text: str = _README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run ``make run`` with the environment the tests run in; yield URL, output."""
    if not (Path(sys.prefix) / ".demo").exists():
        pytest.skip("the environment was not made by the Makefile")
    folder = tmp_path_factory.mktemp("readme")
    port = free_port()
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                "make",
                "run",
                f"VENV={sys.prefix}",
                f"DEMO={folder}/demo",
                f"PORT={port}",
            ],
            cwd=_ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process, log)
        yield url, log.read_text()
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            with urlopen(url, timeout=5):
                break
        except (URLError, OSError):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    for _ in range(50):
        if "Try next" in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def images() -> Iterator[str]:
    """A server with an image, which the demo repository has not."""
    content = skies.exposure(skies.pixels((4000, 4000)))
    with FakeButlerServer() as server:
        server.add_dimension_records("instrument", {"name": "Cam"})
        server.add_dataset_type(
            "visit_image", ["instrument", "visit", "detector"], "ExposureF"
        )
        server.add_dataset(
            "visit_image",
            {
                "instrument": "Cam",
                "visit": 42,
                "detector": 1,
                "band": "r",
                "day_obs": 20260101,
                "physical_filter": "r_57",
            },
            run="runs/images",
            content=content,
            formatter="lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter",
        )
        yield server.url


def test_make_run_says_what_to_try_next(served: tuple[str, str]) -> None:
    url, output = served
    assert f"{url}/api/butler/repo/demo/" in output
    assert "curl" in output
    assert "from lsst.daf.butler import Butler" in output


def test_every_curl_command_answers(served: tuple[str, str]) -> None:
    commands = [block for block in _blocks("sh") if block.startswith("curl")]
    assert len(commands) == 2
    for command in commands:
        here = command.replace(_PUBLISHED, served[0]).replace("curl", "curl -sSf", 1)
        done = subprocess.run(
            here, shell=True, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert '"cls"' in done.stdout or '"dataset_ref":{"id"' in done.stdout


def test_the_curl_command_that_is_printed_answers(served: tuple[str, str]) -> None:
    url, output = served
    command = output[output.index("curl") : output.index("or, with")]
    done = subprocess.run(
        command.replace("curl", "curl -sSf", 1),
        shell=True,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert '"dataset_ref":{"id"' in done.stdout
    assert url in command


def test_the_commands_of_readers_answer(served: tuple[str, str]) -> None:
    (block,) = (block for block in _blocks("sh") if "BUTLERY_REPO" in block)
    here = block.replace(_PUBLISHED, served[0]).replace(".venv", sys.prefix)
    done = subprocess.run(
        f"set -e\n{here}", shell=True, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "LSSTCam/defaults CHAINED" in done.stdout
    assert "instrument=LSSTCam detector=10 visit=2025120200439" in done.stdout


def test_the_python_snippets_read_data(served: tuple[str, str], tmp_path: Path) -> None:
    stock, own = (_run(each, served[0], tmp_path) for each in _blocks("python"))
    assert "source_id" in stock
    assert "amplifiers" in stock
    assert "source_id" in own
    files = [file for file in (tmp_path / "downloads").rglob("*") if file.is_file()]
    assert len(files) == 2


def _run(snippet: str, url: str, folder: Path) -> str:
    """Run a snippet in a folder, against another server, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", snippet.replace(_PUBLISHED, url)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_scientists_are_told_to_try_works(served: tuple[str, str]) -> None:
    (snippet,) = _blocks("python", _CLIENTS)
    batch, _, command = _blocks("sh", _CLIENTS)  # jobs have a test of their own
    assert "source_id" in _run(snippet, served[0], _ROOT)
    here = [text.replace(_PUBLISHED, served[0]) for text in (command, batch)]
    curl = subprocess.run(here[0], shell=True, check=True, capture_output=True)
    assert b"Unknown repository" in curl.stdout
    curl = subprocess.run(here[1], shell=True, check=True, capture_output=True)
    assert re.findall(rb'"outcome":"(\w+)"', curl.stdout) == [b"found", b"absent"]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_every_page_of_the_client_does_what_it_says(
    page: Path,
    served: tuple[str, str],
    images: str,
    tmp_path: Path,
) -> None:
    script = "\n".join(_blocks("python", page.read_text()))
    _run(
        script.replace(f"{_PUBLISHED}/api/butler/repo/images", images),
        served[0],
        tmp_path,
    )


def test_rights_that_operators_give_cover_tables_that_come_later(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    (grants,) = _blocks("sql", _OPERATORS)
    root = make_repository(tmp_path / "repo", "base", postgres=postgres)
    database = str(load_repository_config(str(root)).database.database)
    with Butler.from_config(str(root), writeable=True) as butler:
        own = grants.replace("ROLE writer", "ROLE postgres")
        postgres.execute(own, database=database)
        try:
            group = butler.dimensions.conform(["instrument", "group", "band"])
            late = DatasetType("late", group, "StructuredDataDict", isCalibration=True)
            butler.registry.registerDatasetType(late)
            assert _count_tables(postgres, database, "butlery") == _count_tables(
                postgres, database, "postgres"
            )
        finally:
            postgres.execute("DROP OWNED BY butlery", database=database)
            postgres.execute("DROP ROLE butlery")


def _count_tables(postgres: PostgresCluster, database: str, role: str) -> int:
    """Return how many tables and views a role can read."""
    sql = (
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v')"
        " AND relnamespace = 'public'::regnamespace"
        f" AND has_table_privilege('{role}', oid, 'SELECT')"
    )
    [(number,)] = postgres.execute(sql, database=database)
    return int(number)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://db.example.org:5432/butler_main", "choose one"),
        ("postgresql://db.example.org/butler_main", "choose another"),
        ("postgresql://db.elsewhere.org/butler_main", None),
    ],
)
def test_passwords_are_found_as_operators_are_told(
    url: str, password: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = _blocks("yaml", _OPERATORS)
    file = tmp_path / "db-auth.yaml"
    file.write_text(text)
    file.chmod(0o600)
    monkeypatch.delenv("LSST_DB_AUTH_CREDENTIALS", raising=False)
    monkeypatch.setenv("LSST_DB_AUTH", str(file))
    assert with_credentials(make_url(url)).password == password


@pytest.mark.parametrize(
    "page",
    [
        *("README.md", "deploy/README.md", "docs/operators.md", "docs/clients.md"),
        *(f"docs/client/{page.name}" for page in _PAGES),
    ],
)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", (_ROOT / page).read_text()):
        assert ((_ROOT / page).parent / name).exists(), name
