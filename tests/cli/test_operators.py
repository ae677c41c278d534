"""`butlery status`, `warm`, `invalidate` and `explain` tell what servers have done."""

import json
import socket
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from butlery.cli import main
from tests.server.admin.conftest import Commanded, start
from tests.support.repositories import RepositoryShelf

LOOKUP = ["bias", "instrument=Cam1", "detector=2", "-c", "runs/first"]


@pytest.fixture(scope="module")
def commanded(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Commanded]:
    yield from start(tmp_path_factory.mktemp("admin"), repositories.get("base"))


def butlery(commanded: Commanded, *arguments: str) -> Result:
    url = ["--admin-url", commanded.admin_url]
    return CliRunner().invoke(main, [*arguments, *url], catch_exceptions=False)


def test_status_is_a_table_of_all_servers(commanded: Commanded) -> None:
    outcome = butlery(commanded, "status")
    assert outcome.exit_code == 0, outcome.output
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith("server\trepository\tstate")
    assert lines[1].split("\t")[1] == "repo"
    assert "collections: 23 dynamic" in outcome.stdout
    assert "stream live" in outcome.stdout


def test_status_of_an_unknown_repository_fails(commanded: Commanded) -> None:
    outcome = butlery(commanded, "status", "rep")
    assert outcome.exit_code == 1
    assert outcome.stderr == "butlery: no server serves a repository 'rep'\n"


def test_warm_and_invalidate_print_counts_and_times(commanded: Commanded) -> None:
    warmed = butlery(commanded, "warm", "repo", "runs/first")
    assert warmed.exit_code == 0, warmed.output
    head, *rows = (line.split("\t") for line in warmed.stdout.splitlines())
    assert head == [
        *("server", "collections", "of collections"),
        *("datasets", "stored", "lost", "ms"),
    ]
    assert rows[0][1:3] == ["1", "1"]
    dropped = butlery(commanded, "invalidate", "repo", "--collection", "runs/*")
    assert dropped.exit_code == 0
    assert "dropped find" in dropped.stdout.splitlines()[0]


def test_json_is_what_the_server_said(commanded: Commanded) -> None:
    for command in (["warm", "repo", "runs/first"], ["invalidate", "repo"]):
        outcome = butlery(commanded, *command, "--json")
        assert outcome.exit_code == 0
        assert all(json.loads(line) for line in outcome.stdout.splitlines())
    document = json.loads(
        butlery(commanded, "explain", "repo", *LOOKUP, "--json").stdout
    )
    assert document["path"][0]["name"] == "runs/first"


def test_explain_says_where_and_why(commanded: Commanded) -> None:
    found = butlery(commanded, "explain", "repo", *LOOKUP)
    assert found.exit_code == 0
    assert "of run runs/first\n" in found.stdout
    assert "1\truns/first\tRUN\tdynamic\tfound\t" in found.stdout
    arguments = ["bias", "instrument=Cam1", "detector='2'", "-c", "runs/first"]
    quoted = butlery(commanded, "explain", "repo", *arguments)
    assert "nothing was found" in quoted.stdout
    late = ["--timespan", "2020-01-01T00:00:00", "-", "-c", "calib/main"]
    spanned = butlery(commanded, "explain", "repo", *LOOKUP[:3], *late)
    assert spanned.exit_code == 0
    assert "only if a timespan is given" not in spanned.stdout


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["warm", "repo", "runs/frist"], "the nearest is 'runs/first'"),
        (["warm", "rep", "runs/first"], "Unknown repository 'rep'"),
        (["invalidate", "repo", "--dimension", "colour"], "Unknown dimension 'colour'"),
        (["invalidate", "repo", "--dataset-type", "bais"], "nearest is 'bias'"),
    ],
    ids=str,
)
def test_unknown_name_is_one_line_and_a_failure(
    commanded: Commanded, command: list[str], text: str
) -> None:
    outcome = butlery(commanded, *command)
    assert outcome.exit_code == 1
    assert text in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_unknown_name_in_a_lookup_is_explained_and_a_failure(
    commanded: Commanded,
) -> None:
    outcome = butlery(commanded, "explain", "repo", "bais", "-c", "runs/first")
    assert outcome.exit_code == 1
    assert "Unknown dataset type 'bais'; the nearest is 'bias'." in outcome.stdout


def test_server_that_cannot_be_reached_is_one_line() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        outcome = CliRunner().invoke(main, ["status", "--admin-url", url])
    assert outcome.exit_code == 1
    assert outcome.stderr == (
        f"butlery: no answer from the admin API at {url}: Connection refused; "
        "does the server's configuration file have an [admin] table?\n"
    )


@pytest.mark.parametrize("url", ["nowhere", "ftp://x", "http://", "http://x:y"])
def test_url_that_is_none_is_one_line(url: str) -> None:
    outcome = CliRunner().invoke(main, ["status", "--admin-url", url])
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith(f"butlery: {url!r} is no URL")


@pytest.mark.parametrize(
    "arguments", [["detector"], ["=1"], ["a=1", "--timespan", "now", "-"]], ids=str
)
def test_lookup_that_cannot_be_read_is_misuse(arguments: list[str]) -> None:
    command = ["explain", "repo", "bias", *arguments, "-c", "x"]
    assert CliRunner().invoke(main, command).exit_code == 2
