"""The README's commands are run here, so that they are true.

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

from tests.support.postgres import free_port

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text()
_PUBLISHED = "http://127.0.0.1:8080"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _README, re.DOTALL)


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


def test_the_python_snippet_reads_data(served: tuple[str, str]) -> None:
    (snippet,) = _blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", snippet.replace(_PUBLISHED, served[0])],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "source_id" in done.stdout
    assert "amplifiers" in done.stdout


def test_every_file_that_the_readme_names_exists() -> None:
    for name in re.findall(r"\]\(([^)#:]+)\)", _README):
        assert (_ROOT / name).exists(), name
