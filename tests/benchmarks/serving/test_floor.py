"""Both empty servers: what they read and what they return."""

import asyncio
import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar.testing import TestClient

from benchmarks.serving.floor import asgi_app, litestar_app

ROOT = "/api/butler/repo/any/v1"
ID = UUID(int=7)
QUESTION = {
    "dataset_type": "raw",
    "data_id": {"instrument": "Camera", "exposure": 1},
    "collections": ["raw/all"],
    "timespan": None,
}
ANSWERS = {
    name: f'{{"answer":"{name}"}}'.encode()
    for name in ("find_dataset", "get_file_by_data_id", "get_dataset", "get_file")
}


def ask_litestar(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    with TestClient(litestar_app(ANSWERS)) as client:
        response = client.request(method, path, json=body)
    return response.status_code, response.content


def ask_asgi(method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode()}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path.partition("?")[0]}
    asyncio.run(asgi_app(ANSWERS)(scope, receive, send))
    head, answer = sent
    assert (b"content-length", b"%d" % len(answer["body"])) in head["headers"]
    return head["status"], answer["body"]


ASKING = [ask_litestar, ask_asgi]


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("name", ["find_dataset", "get_file_by_data_id"])
def test_lookup_by_data_id_is_answered_with_its_bytes(ask: Any, name: str) -> None:
    assert ask("POST", f"{ROOT}/{name}", QUESTION) == (200, ANSWERS[name])


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize(
    ("path", "name"), [("dataset", "get_dataset"), ("get_file", "get_file")]
)
def test_lookup_by_uuid_is_answered_with_its_bytes(
    ask: Any, path: str, name: str
) -> None:
    url = f"{ROOT}/{path}/{ID}?dimension_records=false"
    assert ask("GET", url) == (200, ANSWERS[name])


@pytest.mark.parametrize("ask", ASKING)
def test_floor_can_be_waited_for(ask: Any) -> None:
    assert ask("GET", "/")[0] == 200


@pytest.mark.parametrize("ask", ASKING)
def test_floor_decodes_what_it_is_sent(ask: Any) -> None:
    question = QUESTION | {"collections": 7}
    if ask is ask_asgi:
        with pytest.raises(msgspec.ValidationError, match="collections"):
            ask("POST", f"{ROOT}/find_dataset", question)
    else:
        assert ask("POST", f"{ROOT}/find_dataset", question)[0] == 400
