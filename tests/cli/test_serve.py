"""`butlery serve` serves, or ends with one line that says why not."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from butlery.cli import main
from tests.support.repositories import RepositoryShelf
from tests.support.servers import HOST, ButleryServer


def refused(*arguments: object) -> str:
    """Return the only line that a refusal prints before anything is listened to."""
    outcome = CliRunner().invoke(main, ["serve", *map(str, arguments)])
    assert outcome.exit_code == 1, outcome
    assert re.fullmatch(r"butlery: .+\n", outcome.stderr), outcome.stderr
    assert not outcome.stdout
    return outcome.stderr


def refused_by_process(*arguments: object) -> str:
    """Return the only line that a process prints that cannot listen."""
    command = [sys.executable, "-m", "butlery", "serve", *map(str, arguments)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done
    assert re.fullmatch(r"butlery: .+\n", done.stderr), done.stderr
    assert not done.stdout
    return done.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    """Listen on a port, so that nobody else can."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_port_in_use_is_named(
    repositories: RepositoryShelf, taken: int, workers: int
) -> None:
    root = repositories.get("base")
    text = refused_by_process(root, "--port", taken, "--workers", workers)
    assert str(taken) in text


def test_address_that_is_not_ours_is_named(repositories: RepositoryShelf) -> None:
    text = refused_by_process(repositories.get("base"), "--host", "192.0.2.1")
    assert "192.0.2.1" in text


def test_missing_repository_is_named(tmp_path: Path) -> None:
    text = refused(tmp_path / "nowhere")
    assert f"there is no {tmp_path}/nowhere; give a repository's directory" in text


def test_label_that_no_url_can_have_is_refused(repositories: RepositoryShelf) -> None:
    assert "label" in refused(repositories.get("base"), "--label", "a/b")


def test_endless_poll_period_is_refused(repositories: RepositoryShelf) -> None:
    assert "poll" in refused(repositories.get("base"), "--poll-seconds", "inf")


def test_mistake_in_the_configuration_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text("colour = 1\n")
    assert "colour" in refused(config)
    assert "No such file" in refused(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--label", "dp1", "[repositories.NAME]"),
        ("--poll-seconds", "0", "poll_seconds"),
        ("--outside-root", ".", "outside_roots"),
    ],
)
def test_option_that_a_configuration_file_would_drop_is_refused(
    repositories: RepositoryShelf, tmp_path: Path, option: str, value: str, remedy: str
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f'[repositories.one]\nuri = "{repositories.get("base")}"\n')
    text = refused(config, option, value)
    assert text.startswith(f"butlery: {option} is not for a configuration file")
    assert remedy in text
    assert str(config) in text


def test_repository_of_the_file_that_cannot_be_served_is_named(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    good = f'[repositories.good]\nuri = "{repositories.get("base")}"\n'
    config.write_text(f'{good}[repositories.bad]\nuri = "{tmp_path}/nowhere"\n')
    assert "repository 'bad': there is no" in refused(config)


def test_command_says_where_and_what_to_try(repositories: RepositoryShelf) -> None:
    server = ButleryServer.start(repositories.get("base"), label="dp1")
    server.stop()
    text = server.log_text()
    url = f"{server.url}/api/butler/repo/dp1"
    assert f"is served at {url}/" in text
    assert "Everybody who reaches this port can read all of it." in text
    assert f"curl {url}/v1/universe" in text


def test_options_go_before_the_file(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    repository = f'[repositories.repo]\nuri = "{repositories.get("base")}"\n'
    config.write_text(f'host = "192.0.2.1"\nport = 1\n{repository}')
    server = ButleryServer.start(config)
    try:
        with server.butler() as butler:
            assert list(butler.collections.query("runs/first")) == ["runs/first"]
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("workers", "number"), [(1, signal.SIGTERM), (1, signal.SIGINT), (2, signal.SIGINT)]
)
def test_signal_ends_the_server_quietly(
    repositories: RepositoryShelf, workers: int, number: signal.Signals
) -> None:
    server = ButleryServer.start(
        repositories.get("base"), arguments=["--workers", str(workers)]
    )
    os.kill(server.process.pid, number)
    server.process.wait(20)
    server.stop()
    assert "Traceback" not in server.log_text()


def test_refusal_that_a_client_shows_as_a_number_is_explained_in_the_log(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    settings = tmp_path / "server.toml"
    uri = repositories.get("base")
    settings.write_text(f'[repositories.repo]\nuri = "{uri}"\n[queries]\nworkers = 0\n')
    server = ButleryServer.start(settings)
    root = f"/api/butler/repo/{server.label}"
    statuses = {
        "id-501": ask(server, "POST", f"{root}/v1/query/execute", "id-501"),
        "id-404": ask(server, "GET", f"{root}-mistyped/v1/universe?x=1", "id-404"),
        "id-422": ask(server, "POST", f"{root}/v1/find_dataset", "id-422"),
    }
    server.stop()
    lines = server.log_text().splitlines()
    logged = {e["request_id"]: e for e in map(json.loads, filter(is_json, lines))}
    assert statuses == {"id-501": 501, "id-404": 404, "id-422": 422}
    assert logged.keys() == {"id-501", "id-404", "id-422"}
    path = f"{root}-mistyped/v1/universe"
    detail = "Unknown repository 'repo-mistyped'"
    expected = {"event": "refused", "level": "info", "method": "GET", "path": path}
    assert logged["id-404"].items() >= expected.items()
    assert logged["id-404"].items() >= {"status": 404, "detail": detail}.items()
    assert logged["id-501"]["method"] == "POST"
    assert "general queries" in logged["id-501"]["detail"]


def ask(server: ButleryServer, method: str, target: str, request_id: str) -> int:
    """Return the status of the answer to an empty request."""
    connection = HTTPConnection(HOST, server.port, timeout=10)
    with closing(connection):
        headers = {"X-Butler-Client-Request-ID": request_id}
        connection.request(method, target, headers=headers)
        return connection.getresponse().status


def is_json(line: str) -> bool:
    return line.startswith('{"')
