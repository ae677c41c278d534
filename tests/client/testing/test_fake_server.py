"""The fake server does what tests tell it to, and tells them what it was asked."""

import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from butlery.client import Butler, ButlerServerError
from butlery.client.testing import FakeButlerServer


@pytest.fixture
def server(butlery_server: FakeButlerServer) -> FakeButlerServer:
    butlery_server.add_dataset_type("note", ["instrument"], "StructuredDataDict")
    butlery_server.add_dataset("note", {"instrument": "Cam"}, "run", {"a": 1})
    return butlery_server


def test_failures_come_so_often_and_then_no_more(server: FakeButlerServer) -> None:
    with Butler(server.url, collections="run") as butler:
        server.fail_next(503, 2, retry_after=0)
        before = len(server.requests)
        assert butler.find_dataset("note", instrument="Cam") is not None
        assert len(server.requests) >= before + 3
        server.fail_next(500, detail="broken on purpose")
        with pytest.raises(ButlerServerError, match="broken on purpose"):
            butler.get_dataset_type("note")
        assert butler.get_dataset_type("note").name == "note"


def test_requests_tell_what_was_asked_and_by_whom(server: FakeButlerServer) -> None:
    with Butler(server.url, access_token="secret", collections="run") as butler:
        butler.find_dataset("note", instrument="Cam")
    last = server.requests[-1]
    assert (last.method, last.path.rpartition("/")[2]) == ("POST", "find_dataset")
    assert last.headers["authorization"] == "Bearer secret"
    assert last.json["data_id"] == {"instrument": "Cam"}


def test_many_requests_go_through_one_connection(server: FakeButlerServer) -> None:
    connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port or 0)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", f"{urlsplit(server.url).path}/v1/universe")
        assert connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_a_server_that_has_stopped_lets_nobody_wait() -> None:
    with FakeButlerServer() as server:
        connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port or 0)
        connection.request("GET", f"{urlsplit(server.url).path}/v1/universe")
        connection.getresponse().read()
    with closing(connection):
        connection.sock.settimeout(5)
        assert connection.sock.recv(1) == b""


def test_records_that_are_missing_are_made_empty(server: FakeButlerServer) -> None:
    server.add_dataset_type("raw", ["visit", "detector"], "Exposure")
    data_id: dict[str, int | str] = {"instrument": "Cam", "visit": 3, "detector": 1}
    with pytest.raises(ValueError, match="physical_filter"):
        server.add_dataset("raw", data_id, "raws", b"0")
    implied: dict[str, int | str] = {
        "band": "r",
        "physical_filter": "Cam-R",
        "day_obs": 20250101,
    }
    server.add_dataset("raw", {**data_id, **implied}, "raws", b"0")
    server.add_dataset("raw", {**data_id, "detector": 2}, "raws", b"0")
    with Butler(server.url) as butler:
        data_id["detector"] = 2
        found = butler.find_dataset(
            "raw", data_id, collections="raws", dimension_records=True
        )
        assert found is not None
        assert found.dataId["band"] == "r"
        visit = found.dataId.records["visit"]
        assert visit is not None
        assert visit.physical_filter == "Cam-R"


def test_what_cannot_be_is_refused(server: FakeButlerServer) -> None:
    with pytest.raises(ValueError, match="already"):
        server.add_dataset("note", {"instrument": "Cam"}, "run", {})
    with pytest.raises(ValueError, match="no columns"):
        server.add_dimension_records("instrument", {"name": "X", "colour": 1})
    with pytest.raises(ValueError, match="needs a value of instrument"):
        server.add_dimension_records("detector", {"id": 1})


def test_every_pytest_has_the_fixture_and_pays_nothing_for_it(tmp_path: Path) -> None:
    test = tmp_path / "test_downstream.py"
    test.write_text(
        "import sys\n"
        "def test_light():\n"
        "    assert 'butlery.client' not in sys.modules\n"
        "def test_fixture(butlery_server):\n"
        "    butlery_server.add_instrument('Cam')\n"
        "    assert butlery_server.url.startswith('http://127.0.0.1:')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(test)],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "2 passed" in done.stdout, done.stdout


def test_the_fake_needs_the_standard_library_and_msgspec_alone() -> None:
    script = "import sys, butlery.client.testing; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    packages = {name.partition(".")[0] for name in done.stdout.split()}
    assert not packages & {"urllib3", "aiohttp", "yaml", "numpy", "lsst", "litestar"}
