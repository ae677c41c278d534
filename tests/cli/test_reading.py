"""`butlery ls`, `tree`, `find`, `get` and `download` show what a server has."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from butlery.cli import main
from butlery.client.testing import FakeButlerServer
from tests.client.testing.content import IDS, fill
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

BIAS = ["bias", "instrument=Cam", "detector=2", "-c", "chain/outer"]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeButlerServer]:
    with FakeButlerServer() as server:
        fill(server)
        server.add_dataset_type("blob", [], "Blob")
        server.add_dataset("blob", {}, "blobs", bytes(range(256)))
        yield server


@pytest.fixture(autouse=True)
def _place(server: FakeButlerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUTLERY_REPO", server.url)
    monkeypatch.setenv("COLUMNS", "200")


def butlery(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def rows(outcome: Result) -> list[list[str]]:
    assert outcome.exit_code == 0, outcome.output
    return [line.split("\t") for line in outcome.stdout.splitlines()]


def documents(outcome: Result) -> list[dict[str, object]]:
    assert outcome.exit_code == 0, outcome.output
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def on_a_terminal(server: FakeButlerServer, *arguments: str) -> str:
    """Return what a command writes to a terminal, as the terminal gets it."""
    inside, outside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "butlery", *arguments],
        stdout=outside,
        stderr=outside,
        env={**os.environ, "BUTLERY_REPO": server.url, "TERM": "xterm-256color"},
    )
    os.close(outside)
    shown = b""
    while select.select([inside], [], [], 60)[0]:
        try:
            chunk = os.read(inside, 4096)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(inside)
    process.wait(20)
    return shown.decode()


def test_collections_are_listed_by_name() -> None:
    assert rows(butlery("ls", "*n*/*")) == [
        ["name", "type", "children"],
        ["chain/inner", "CHAINED", "1"],
        ["chain/outer", "CHAINED", "2"],
        ["runs/first", "RUN", ""],
        ["runs/second", "RUN", ""],
    ]


def test_collections_are_chosen_by_type_and_explained() -> None:
    found = rows(butlery("ls", "--types", "chained", "--long", "--limit", "1"))
    assert found[1:] == [["chain/inner", "CHAINED", "1", "Within."]]
    assert documents(butlery("ls", "runs/first", "--json")) == [
        {"name": "runs/first", "type": "RUN", "children": []}
    ]


def test_dataset_types_of_collections_are_listed() -> None:
    assert rows(butlery("ls", "--dataset-types", "chain/outer")) == [
        ["dataset type", "dimensions", "storage class"],
        ["bias", "instrument, detector", "StructuredDataDict"],
        ["summary", "instrument, visit", "StructuredDataDict"],
    ]
    assert butlery("ls", "--dataset-types").exit_code == 2


def test_chains_are_trees() -> None:
    outcome = butlery("tree")
    assert outcome.stdout.splitlines() == [
        "chain/outer CHAINED",
        "├── chain/inner CHAINED",
        "│   └── runs/second RUN",
        "└── runs/first RUN",
    ]
    assert butlery("tree", "other").stdout == "other RUN\n"
    assert "runs/second" not in butlery("tree", "--depth", "1").stdout
    (document,) = json.loads(butlery("tree", "--json", "chain/outer").stdout)
    assert document["children"][0]["children"][0]["name"] == "runs/second"


def test_a_dataset_is_found_by_data_id_or_uuid() -> None:
    assert rows(butlery("find", *BIAS)) == [
        ["id", "run", "data ID"],
        [str(IDS[2]), "runs/second", "instrument=Cam detector=2"],
    ]
    by_id = documents(butlery("find", "--uuid", str(IDS[3]), "--json"))
    assert by_id == [
        {
            "id": str(IDS[3]),
            "dataset_type": "summary",
            "storage_class": "StructuredDataDict",
            "run": "runs/second",
            "data_id": {"instrument": "Cam", "visit": 7},
        }
    ]


def test_nothing_found_is_status_1() -> None:
    missing = butlery("find", *BIAS[:2], "detector=3", *BIAS[3:])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr == "butlery: there is no such dataset\n"
    unknown = "00000000-0000-4000-8000-000000000000"
    one_of_two = butlery("find", "--uuid", str(IDS[0]), "--uuid", unknown, "--json")
    assert (one_of_two.exit_code, one_of_two.stdout) == (1, "")
    assert one_of_two.stderr == f"butlery: there is no dataset {unknown}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ls", "nope"], "No collection with name 'nope' found."),
        (["find", "bias", "-c", "other"], "required dimension 'instrument'"),
        (["find", "nope", "-c", "other"], "Dataset type 'nope' does not exist."),
        (["ls", "-r", "label"], "'label' is no URL"),
    ],
)
def test_errors_are_one_line(arguments: list[str], said: str) -> None:
    outcome = butlery(*arguments)
    assert outcome.exit_code == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("butlery: ")
    assert outcome.stderr.count("\n") == 1
    assert said in outcome.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["find"],
        ["find", "bias"],
        ["find", "bias", "detector", "-c", "x"],
        ["find", "bias", "--uuid", str(IDS[0])],
        ["find", "--uuid", "17"],
        ["ls", "--limit", "0"],
        ["ls", "--types", "HEAP"],
        ["get", "bias"],
        ["download", *BIAS],
        ["completion", "cmd"],
    ],
)
def test_misuse_is_status_2(arguments: list[str]) -> None:
    outcome = butlery(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert outcome.stderr.startswith("Usage: ")


def test_without_a_repository_there_is_nothing_to_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BUTLERY_REPO")
    outcome = butlery("ls")
    assert outcome.exit_code == 2
    assert "'--repo'" in outcome.stderr


def test_a_repository_that_is_not_there_is_named(server: FakeButlerServer) -> None:
    outcome = butlery("ls", "-r", f"{server.url}-not")
    assert outcome.exit_code == 1
    assert "status 404" in outcome.stderr
    assert "label may be mistyped" in outcome.stderr


def test_a_token_goes_to_the_server(server: FakeButlerServer) -> None:
    assert butlery("ls", "--token", "secret").exit_code == 0
    assert server.requests[-1].headers["authorization"] == "Bearer secret"


def test_no_control_character_of_a_server_reaches_a_terminal() -> None:
    with FakeButlerServer() as hostile:
        name = "a\x1b]0;owned\x07\u202eb\x9b31m\n\tc"
        hostile.add_collection(name, "doc \x1b[2J")
        hostile.add_chain("\x1b[31mchain", [name])
        for command in (["ls", "--long"], ["tree"], ["ls", "--json"], ["ls", "\x1b*"]):
            shown = on_a_terminal(hostile, *command)
            own = shown.replace("\x1b[", "").replace("\r\n", "")
            assert all(c.isprintable() for c in own), (command, shown)
            assert "\x1b[31m" not in shown
            assert "\x1b[2J" not in shown
        piped = CliRunner().invoke(main, ["ls", "-r", hostile.url])
        assert len(piped.stdout.splitlines()) == 3


def test_tables_on_a_terminal_are_for_eyes(server: FakeButlerServer) -> None:
    shown = on_a_terminal(server, "ls", "runs/*")
    assert "\x1b[1m" in shown
    assert "\t" not in shown
    assert "└── " in on_a_terminal(server, "tree")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell: str) -> None:
    outcome = butlery("completion", shell)
    assert outcome.exit_code == 0
    assert f"_BUTLERY_COMPLETE={shell}_complete" in outcome.stdout


def completed(words: str, environment: dict[str, str]) -> list[str]:
    """Return what a shell would offer for the last of some words."""
    variables = {
        "_BUTLERY_COMPLETE": "bash_complete",
        "COMP_WORDS": f"butlery {words}",
        "COMP_CWORD": str(len(words.split(" "))),
    }
    outcome = CliRunner().invoke(
        main, prog_name="butlery", env={**environment, **variables}
    )
    assert outcome.stderr == ""
    return [line.partition(",")[2] for line in outcome.stdout.splitlines() if line]


def test_names_that_the_server_knows_are_completed(server: FakeButlerServer) -> None:
    place = {"BUTLERY_REPO": server.url}
    assert completed("ls runs/", place) == ["runs/first", "runs/second"]
    assert completed("find -c chain/", place) == ["chain/inner", "chain/outer"]
    assert completed("find b", place) == ["bias", "blob"]
    assert completed("get -c chain/outer b", place) == ["bias"]
    assert completed(f"ls -r {server.url} o", {}) == ["other"]


def test_names_that_mean_something_to_a_shell_are_not_offered() -> None:
    with FakeButlerServer() as hostile:
        for name in ("u/$(id)", "u/`id`", "u/a;id", "u/a b", "u/a\nu/b", "u/'", "u/ok"):
            hostile.add_collection(name)
        assert completed("ls u/", {"BUTLERY_REPO": hostile.url}) == ["u/ok"]


def test_a_shell_that_completes_hears_of_no_error() -> None:
    started = time.monotonic()
    assert completed("ls x", {"BUTLERY_REPO": "http://127.0.0.1:9/x"}) == []
    assert time.monotonic() - started < 8  # the client itself tries for longer
    assert completed("ls x", {"BUTLERY_REPO": ""}) == []


def test_a_dataset_is_shown_as_what_it_is() -> None:
    outcome = butlery("get", *BIAS)
    assert outcome.exit_code == 0, outcome.output
    assert json.loads(outcome.stdout) == {"level": [3]}
    assert butlery("get", *BIAS, "--json").stdout == '{"level":[3]}\n'


def test_the_bytes_of_a_dataset_are_written(tmp_path: Path) -> None:
    file = tmp_path / "bias.json"
    assert butlery("get", *BIAS, "-o", str(file)).output == ""
    assert file.read_bytes() == b'{"level":[3]}'
    assert [*tmp_path.iterdir()] == [file]
    assert butlery("get", *BIAS, "-o", "-").stdout_bytes == b'{"level":[3]}'


def test_no_bytes_go_to_a_terminal(server: FakeButlerServer) -> None:
    shown = on_a_terminal(server, "get", "blob", "-c", "blobs", "-o", "-")
    assert "give -o FILE" in shown


def test_files_are_downloaded(tmp_path: Path) -> None:
    outcome = butlery("download", *BIAS, str(tmp_path))
    assert outcome.exit_code == 0, outcome.output
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.read_bytes() == b'{"level":[3]}'
    assert rows(outcome)[1:] == [[str(file), "13"]]
    flat = butlery("download", "--uuid", str(IDS[4]), "--flat", str(tmp_path / "flat"))
    assert flat.exit_code == 0, flat.output
    assert len([*(tmp_path / "flat").iterdir()]) == 1
    file.write_bytes(b"mine")
    again = [*BIAS, str(tmp_path)]
    assert butlery("download", *again).exit_code == 1
    assert file.read_bytes() == b"mine"
    assert butlery("download", *again, "--overwrite").exit_code == 0
    assert file.read_bytes() == b'{"level":[3]}'


@pytest.fixture
def base(
    repositories: RepositoryShelf, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The server that is asked is a real one."""
    server = ButleryServer.start(repositories.get("base"))
    monkeypatch.setenv("BUTLERY_REPO", server.repository_url())
    yield
    server.stop()


@pytest.mark.usefixtures("base")
def test_calibration_is_found_for_a_time() -> None:
    bias = ["bias", "instrument=Cam1", "detector=2", "-c", "calib/main"]
    assert butlery("find", *bias).exit_code == 1
    late = ["--timespan", "2020-01-01T00:00:00", "-"]
    assert len(rows(butlery("find", *bias, *late))) == 2
    for times in (["2020-01-01", "2020-01-01"], ["0001-01-01", "9999-12-31"]):
        assert len(rows(butlery("find", *bias, "--timespan", *times))) == 2, times
    backwards = butlery("find", *bias, "--timespan", "2021-01-01", "2020-01-01")
    assert backwards.exit_code == 2
    assert "2020-01-01 is before 2021-01-01" in backwards.stderr
    for more in (late, ["--where", ""]):
        two = butlery("download", "--uuid", str(IDS[4]), *more, "here")
        assert two.exit_code == 2
        assert "--uuid says all" in two.stderr
    refused = butlery("find", *bias, *late, "--where", "")
    assert refused.exit_code == 2
    assert "put times into --where" in refused.stderr


@pytest.mark.usefixtures("base")
def test_datasets_are_found_by_a_condition() -> None:
    where = ["--where", "instrument = 'Cam1' AND detector > 1"]
    found = rows(butlery("find", "bias", "-c", "runs/first", *where))
    assert len(found) > 2
    limited = butlery("find", "bias", "-c", "runs/first", *where, "--limit", "1")
    assert len(rows(limited)) == 2
