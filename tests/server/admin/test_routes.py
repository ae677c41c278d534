"""What operators ask is answered by every worker, and mistakes by one clear line."""

import http.client
import json
import time
from contextlib import closing
from typing import Any

import pytest

from tests.server.admin.conftest import Commanded

REPO = "/v1/repositories/repo"
BIAS = {"instrument": "Cam1", "detector": 2}


def ask(
    commanded: Commanded, method: str, path: str, body: object = None
) -> tuple[int, bytes]:
    address = ("127.0.0.1", commanded.admin_port)
    connection = http.client.HTTPConnection(*address, timeout=30)
    with closing(connection):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return response.status, response.read()


def post(commanded: Commanded, path: str, body: object) -> Any:
    status, content = ask(commanded, "POST", path, body)
    assert status == 200, content
    return json.loads(content)


@pytest.fixture(autouse=True)
def both(commanded: Commanded) -> None:
    """Wait until both workers are heard."""
    deadline = time.monotonic() + 20
    while len(json.loads(ask(commanded, "GET", "/v1/status")[1])["servers"]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_warming_is_told_line_by_line_by_both_workers(commanded: Commanded) -> None:
    post(commanded, f"{REPO}/invalidate", {})
    status, content = ask(
        commanded, "POST", f"{REPO}/warm", {"collections": ["chain/deep"]}
    )
    assert status == 200
    lines = [json.loads(line) for line in content.splitlines()]
    done = [line["answer"] for line in lines if line["answer"]["done"]]
    assert len({answer["server"] for answer in done}) == 2
    (first, second) = (answer["counts"] for answer in done)
    assert first == second
    assert first["stored"] > 0
    dropped = post(commanded, f"{REPO}/invalidate", {})["answers"]
    counts = [answer["counts"]["dropped"] for answer in dropped]
    assert counts[0] == counts[1] > first["datasets"] / 2


def test_invalidation_of_one_thing_leaves_the_rest(commanded: Commanded) -> None:
    ask(commanded, "POST", f"{REPO}/warm", {"collections": ["runs/first"]})
    body = {"collections": ["runs/first"], "dataset_types": ["bias"]}
    answer = post(commanded, f"{REPO}/invalidate", body)
    assert not answer["silent"]
    assert len(answer["answers"]) == 2
    for one in answer["answers"]:
        assert one["ok"]
        assert one["counts"]["dropped"] > 0


def test_status_shows_what_is_kept_and_heard(commanded: Commanded) -> None:
    status, content = ask(commanded, "GET", "/v1/status")
    assert status == 200
    document = json.loads(content)
    assert not document["silent"]
    names = {server["server"] for server in document["servers"]}
    for server in document["servers"]:
        assert names <= {*server["stream"]["publishers"]}
        (repository,) = server["repositories"]
        assert repository["label"] == "repo"
        assert repository["state"] in {"live", "polled"}
        assert repository["kept"]["max_entries"] == 500_000
        assert repository["database"]["max_connections"] == 8


def test_lookup_is_explained(commanded: Commanded) -> None:
    body = {"dataset_type": "bias", "data_id": BIAS, "collections": ["runs/first"]}
    explanation = post(commanded, f"{REPO}/explain", body)
    assert explanation["found"]
    assert [c["step"] for c in explanation["path"]] == ["found"]


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("/v1/repositories/rep/warm", {"collections": ["*"]}, 404, "'rep'"),
        (f"{REPO}/warm", {"collections": ["runs/frist"]}, 404, "'runs/first'"),
        (f"{REPO}/warm", {"collections": ["*"], "dataset_types": ["x"]}, 404, "'x'"),
        (f"{REPO}/warm", {"collections": []}, 422, "collections: name at least one"),
        (f"{REPO}/warm", {}, 422, "collections"),
        (f"{REPO}/warm", {"collections": "all"}, 422, "collections: Expected `array`"),
        (f"{REPO}/invalidate", {"dimensions": ["colour"]}, 404, "dimension 'colour'"),
        (f"{REPO}/invalidate", {"colour": 1}, 422, "colour"),
        (f"{REPO}/invalidate", b"{", 422, "not valid JSON"),
        (f"{REPO}/explain", {"dataset_type": "bias"}, 422, "data_id"),
        (f"{REPO}/dance", {}, 404, "Not Found"),
    ],
    ids=str,
)
def test_mistake_is_named(
    commanded: Commanded, path: str, body: object, status: int, text: str
) -> None:
    found, content = ask(commanded, "POST", path, body)
    assert found == status, content
    assert text in json.loads(content)["detail"]


def test_clients_cannot_reach_it(commanded: Commanded) -> None:
    server = commanded.server
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("GET", "/v1/status")
        assert connection.getresponse().status == 404
