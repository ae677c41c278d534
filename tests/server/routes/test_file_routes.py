"""URLs of files: to this server, with the scheme and host that clients use."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.server.conftest import CONTENT, Stored
from tests.server.web import Web, path_and_query
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

ROOT = "/api/butler/repo/repo/v1"
NOBODY = "00000000-0000-0000-0000-000000000001"


def transfer_url(web: Web, id_: str, **headers: str) -> str:
    answer = web.post(f"{ROOT}/file_transfer", {"dataset_ids": [id_]}, **headers)
    (record,) = answer.json["files"][id_]
    assert record["auth"] == "gafaelfawr"
    return str(record["url"])


def test_transfer_url_lasts_and_leads_to_the_file(web: Web, stored: Stored) -> None:
    id_ = stored.ids["plain.bin"]
    url = transfer_url(web, id_)
    assert url == f"{web.server.url}{ROOT}/dataset/{id_}/download"
    answer = web.get(urlsplit(url).path)
    assert (answer.status, answer.body) == (307, b"")
    assert web.get(path_and_query(answer.headers["location"])).body == CONTENT


def test_scheme_is_that_of_the_trusted_proxy(web: Web, stored: Stored) -> None:
    id_ = stored.ids["plain.bin"]
    url = transfer_url(
        web,
        id_,
        host="data.example",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
    )
    assert url == f"https://data.example{ROOT}/dataset/{id_}/download"


def test_signed_url_has_the_same_scheme_and_host(web: Web, stored: Stored) -> None:
    target = f"{ROOT}/get_file/{stored.ids['plain.bin']}"
    headers = {"host": "data.example", "x-forwarded-proto": "https"}
    answer = web.ask("GET", target, headers=headers)
    (file,) = answer.json["artifact"]["file_info"]
    assert file["auth"] == "none"
    assert file["url"].startswith("https://data.example/api/butler/repo/repo/files/0/")
    assert web.get(path_and_query(file["url"])).body == CONTENT


@pytest.mark.parametrize(
    "host",
    [
        "[::1",
        "[::1]x",
        "[1:2]",
        "@",
        "a@b",
        "a,b",
        "a%0d%0ab",
        "a:b",
        "a:99999",
        f"a:{'9' * 5000}",
    ],
)
def test_host_that_makes_no_url_is_refused(web: Web, stored: Stored, host: str) -> None:
    id_ = stored.ids["plain.bin"]
    for target in (f"get_file/{id_}", f"dataset/{id_}/download"):
        answer = web.get(f"{ROOT}/{target}", host=host)
        assert answer.status == 422
        assert answer.detail.startswith("Host: ")


@pytest.mark.parametrize("host", ["[::1]:8080", "127.0.0.1:1", "A-b.c_d", "a:65535"])
def test_host_of_every_kind_is_in_the_url(web: Web, stored: Stored, host: str) -> None:
    url = transfer_url(web, stored.ids["plain.bin"], host=host)
    assert url.startswith(f"http://{host}/api/")


def test_datasets_without_files_are_left_out(web: Web, stored: Stored) -> None:
    ids = [stored.ids["plain.bin"], NOBODY, stored.ids["plain.bin"]]
    answer = web.post(f"{ROOT}/file_transfer", {"dataset_ids": ids})
    assert list(answer.json["files"]) == [stored.ids["plain.bin"]]


def test_components_are_told_apart(web: Web, stored: Stored) -> None:
    find = {
        "dataset_type": "metric_apart",
        "data_id": {"instrument": "Cam1", "detector": 1},
        "collections": ["files/run"],
    }
    found = web.post(f"{ROOT}/get_file_by_data_id", find).json
    id_ = found["dataset_ref"]["id"]
    names = ["data", "output", "summary"]
    files = found["artifact"]["file_info"]
    assert [file["datastoreRecords"]["component"] for file in files] == names
    answer = web.post(f"{ROOT}/file_transfer", {"dataset_ids": [id_]})
    for record in answer.json["files"][id_]:
        component = record["file_info"]["component"]
        assert record["url"].endswith(f"/{id_}/download?component={component}")
        redirected = web.get(path_and_query(record["url"]))
        content = web.get(path_and_query(redirected.headers["location"])).body
        assert content == (stored.root / record["file_info"]["path"]).read_bytes()
    whole = web.get(f"{ROOT}/dataset/{id_}/download")
    assert whole.status == 422
    assert str(names) in whole.detail
    other = web.get(f"{ROOT}/dataset/{id_}/download?component={quote('a b')}")
    assert other.status == 404
    assert "Component 'a b'" in other.detail


def test_download_of_nothing_is_404(web: Web, stored: Stored) -> None:
    answer = web.get(f"{ROOT}/dataset/{NOBODY}/download")
    assert answer.status == 404
    assert f"'{NOBODY}' not found in repository 'repo'" in answer.detail
    find: dict[str, object] = {
        "dataset_type": "packages",
        "data_id": {},
        "collections": ["*"],
        "timespan": None,
    }
    id_ = web.post(f"{ROOT}/find_dataset", find).json["dataset_ref"]["id"]
    if id_ not in stored.ids.values():
        answer = web.get(f"{ROOT}/dataset/{id_}/download")
        assert "No files are available" in answer.detail


@pytest.fixture(scope="module")
def distant(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """Serve with a public URL, and with no proxy that is trusted."""
    config: Path = tmp_path_factory.mktemp("distant") / "server.toml"
    root = repositories.get("base")
    config.write_text(
        f"""
workers = 2
trusted_proxies = "192.0.2.1"
[repositories.repo]
uri = "{root}"
"""
    )
    server = ButleryServer.start(config)
    web = Web(server)
    yield web
    web.close()
    server.stop()


def test_scheme_told_by_a_stranger_does_not_count(distant: Web) -> None:
    id_ = stored_note(distant)
    url = transfer_url(distant, id_, x_forwarded_proto="https")
    assert url.startswith(f"{distant.server.url}/")


def test_url_of_one_worker_works_at_the_others(distant: Web) -> None:
    id_ = stored_note(distant)
    answers = set()
    for _ in range(8):
        web = Web(distant.server)  # another connection, perhaps another worker
        url = web.get(f"{ROOT}/get_file/{id_}").json["artifact"]["file_info"][0]["url"]
        other = Web(distant.server)
        answers.add(other.get(path_and_query(url)).body)
        web.close()
        other.close()
    assert len(answers) == 1
    assert b"number" in answers.pop()


def test_public_url_counts_more_than_every_header(
    repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = tmp_path / "server.toml"
    config.write_text(
        f"""
public_url = "https://public.example/"
[repositories.repo]
uri = "{repositories.get("base")}"
"""
    )
    server = ButleryServer.start(config)
    web = Web(server)
    try:
        id_ = stored_note(web)
        url = transfer_url(web, id_, host="other.example", x_forwarded_proto="http")
        assert url == f"https://public.example{ROOT}/dataset/{id_}/download"
        answer = web.get(f"{ROOT}/get_file/{id_}")
        (file,) = answer.json["artifact"]["file_info"]
        assert file["url"].startswith("https://public.example/api/butler/repo/repo/")
        assert web.get(path_and_query(file["url"])).status == 200
    finally:
        web.close()
        server.stop()


def stored_note(web: Web) -> str:
    find = {
        "dataset_type": "note_yaml",
        "data_id": {"instrument": "Cam1", "detector": 1},
        "collections": ["files/run"],
        "timespan": None,
    }
    found = web.post(f"{ROOT}/find_dataset", find)
    return str(found.json["dataset_ref"]["id"])
