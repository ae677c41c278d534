"""The direct routes say, byte for byte, what the framework's say."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from litestar.types import ASGIApp

from butlery.server import RepositorySettings, ServerConfig
from butlery.server.app import create_app
from butlery.server.caching import Cached
from butlery.server.config import PolicySettings
from butlery.server.cut_requests import CutRequests
from butlery.server.direct import Direct
from butlery.server.observed import Observed
from butlery.server.serving import Serving
from tests.registry.conftest import anyio_backend, shared
from tests.registry.opening import OwnRepository
from tests.server.web import Answer

__all__ = ["anyio_backend", "shared"]

pytestmark = pytest.mark.anyio

ROOT = "/api/butler/repo/repo/v1"
JSON = {"content-type": "application/json"}
_SIGNED = re.compile(rb"Signature=[^&\"]*&Expires=[0-9]+")
_OWN = ("date", "cache-status", "butlery-revision")


class Both:
    """One process's applications: with and without the way around."""

    def __init__(self, serving: Serving, direct: ASGIApp, plain: ASGIApp) -> None:
        self.serving = serving
        self.direct = direct
        self.plain = plain


async def ask(
    app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    sent: list[Any] = []
    path, _, query = path.partition("?")
    parts = [body[:7], body[7:]] if len(body) > 100 else [body]

    async def receive() -> Any:
        if not parts:
            await asyncio.Event().wait()  # the client stays until it is answered
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    length = {"content-length": str(len(body))} if method == "POST" else {}
    lines = {"host": "butler.example", **length, **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(n.encode(), v.encode()) for n, v in lines.items() if v],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }
    await app(scope, receive, send)
    start, *rest = sent
    found = {n.decode().lower(): v.decode() for n, v in start["headers"]}
    return Answer(start["status"], found, b"".join(p["body"] for p in rest))


@pytest.fixture(scope="module")
async def both(shared: OwnRepository) -> AsyncIterator[Both]:
    settings = RepositorySettings(
        uri=str(shared.root),
        poll_seconds=3600,
        policies=(PolicySettings("permanent", ("*",), ("*",), ("*",)),),  # type: ignore[arg-type]
    )
    config = ServerConfig(repositories={"repo": settings})
    serving = Serving.from_config(config)
    app = create_app(config, serving)
    plain = Observed(Cached(CutRequests(app)), serving.tally)
    async with serving.open():
        yield Both(serving, Direct(plain, serving, None), plain)


def find(**changes: Any) -> bytes:
    body = {
        "dataset_type": "bias",
        "data_id": {"instrument": "Cam1", "detector": 2},
        "collections": ["imported_g"],
        "timespan": None,
    }
    return json.dumps({**body, **changes}).encode()


FINDS: list[tuple[dict[str, str], bytes]] = [
    (JSON, find()),
    (JSON, find(dimension_records=True)),
    (JSON, find(data_id={"instrument": "Cam1", "detector": "Ab"})),
    (JSON, find(data_id={"instrument": "Cam1", "detector": 99})),
    (JSON, find(data_id={})),
    (JSON, find(data_id={"instrument": [1]})),
    (JSON, find(data_id={"instrument": "Cam1", "detector": 1.5})),
    (JSON, find(default_data_id={"instrument": "Cam1"}, data_id={"detector": 2})),
    (JSON, find(default_data_id={"nonsense": 1})),
    (JSON, find(collections=["no/such"])),
    (JSON, find(collections=["*"])),
    (JSON, find(collections=[])),
    (JSON, find(dataset_type="no_such")),
    (JSON, find(dataset_type="bias.wcs")),
    (JSON, find(dataset_type="b d")),
    (JSON, find(timespan=[0, 4102444800000000000])),
    (JSON, find(timespan=[5])),
    (JSON, b"{}"),
    (JSON, b"[]"),
    (JSON, b""),
    (JSON, b"{"),
    (JSON, b'{"dataset_type": "\xff"}'),
    (JSON, b"[" * 5000),
    ({"content-type": "application/json; charset=utf-8"}, find()),
    ({"content-type": "Application/JSON"}, find()),
    ({"content-type": "application/geo+json"}, find()),
    ({"content-type": "text/plain"}, find()),
    ({}, find()),
    ({**JSON, "butlery-at-least": "nonsense"}, find()),
    ({**JSON, "host": "no host"}, find()),
    ({**JSON, "content-length": ""}, find()),
]


async def check(
    both: Both, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Put a request to both; to the direct routes as long as they may learn."""
    expected = await ask(both.plain, method, path, headers, body)
    for _ in range(3):
        got = await ask(both.direct, method, path, headers, body)
        assert got.status == expected.status, got.body
        assert _SIGNED.sub(b"", got.body) == _SIGNED.sub(b"", expected.body)
        named = {n: v for n, v in got.headers.items() if n not in _OWN}
        wanted = {n: v for n, v in expected.headers.items() if n not in _OWN}
        if expected.status == 200 and _SIGNED.search(expected.body):
            for lines in (named, wanted):
                lines.pop("content-length")
        assert named == wanted
    return got


@pytest.mark.parametrize(("headers", "body"), FINDS, ids=range(len(FINDS)))
@pytest.mark.parametrize("route", ["find_dataset", "get_file_by_data_id"])
async def test_by_data_id(
    both: Both, route: str, headers: dict[str, str], body: bytes
) -> None:
    await check(both, "POST", f"{ROOT}/{route}", headers, body)


@pytest.mark.parametrize(
    "data_id",
    [
        {"instrument": "Cam1", "detector": 2},
        {"instrument": "Cam1", "visit": 1},
        {"instrument": "Cam1", "detector": 99},
        {"detector": 2},
        {"no": 1},
        {},
        {"instrument": 3},
    ],
    ids=str,
)
async def test_expansion(both: Both, data_id: Any) -> None:
    body = json.dumps({"data_id": data_id}).encode()
    await check(both, "POST", f"{ROOT}/expand_data_id", JSON, body)


async def ids(both: Both) -> list[UUID]:
    repository = both.serving.repositories["repo"].repository
    found = []
    for detector in (1, 2, 3):
        dataset = await repository.find_dataset(
            "bias",
            {"instrument": "Cam1", "detector": detector},
            {},
            ["imported_g", "imported_r"],
            None,
        )
        if dataset is not None:
            found.append(dataset.id)
    return found


async def test_by_uuid(both: Both) -> None:
    known = [str(id_) for id_ in await ids(both)]
    assert known
    for id_ in (*known, known[0].upper(), str(UUID(int=5)), "nonsense", ""):
        for query in ("", "?dimension_records=true", "?dimension_records=maybe", "?x"):
            await check(both, "GET", f"{ROOT}/dataset/{id_}{query}", {}, b"")
        await check(both, "GET", f"{ROOT}/get_file/{id_}", {}, b"")


async def test_what_a_client_knows_is_not_sent_again(both: Both) -> None:
    (id_, *_) = await ids(both)
    path = f"{ROOT}/dataset/{id_}"
    first = await check(both, "GET", path, {}, b"")
    for known in (first.headers["etag"], "*", f'"x", {first.headers["etag"]}', '"x"'):
        await check(both, "GET", path, {"if-none-match": known}, b"")


async def test_other_requests_go_to_the_framework(both: Both) -> None:
    (id_, *_) = await ids(both)
    for method, path in (
        ("GET", f"{ROOT}/find_dataset"),
        ("HEAD", f"{ROOT}/dataset/{id_}"),
        ("POST", f"{ROOT}/get_file/{id_}"),
        ("GET", f"{ROOT}/dataset/{id_}/download"),
        ("GET", f"{ROOT}/dataset/{id_}/"),
        ("GET", f"{ROOT}/universe"),
        ("POST", "/api/butler/repo/other/v1/find_dataset"),
        ("POST", "/api/butler/repo/repo/v2/find_dataset"),
        ("POST", "/api/butler/repo/repo/v1/find_dataset/x"),
        ("GET", "/"),
    ):
        await check(both, method, path, JSON, find() if method == "POST" else b"")


async def test_the_same_question_is_answered_without_looking_anything_up(
    both: Both,
) -> None:
    repository = both.serving.repositories["repo"].repository
    if repository.registry.gate.immediate:
        pytest.skip("SQLite is asked before every answer")
    body = find(dimension_records=True)
    request = ("POST", f"{ROOT}/find_dataset", JSON, body)
    await check(both, *request)
    hits = repository.whole.hits
    for expected in range(hits + 1, hits + 4):
        await ask(both.direct, *request)
        assert repository.whole.hits == expected
    repository.answers.generations.move_all("test", permanent=True)
    answer = await ask(both.direct, *request)
    assert repository.whole.hits == expected
    assert "miss" in answer.headers["cache-status"]


async def test_demand_that_is_met_needs_the_framework_once(both: Both) -> None:
    path, body = f"{ROOT}/find_dataset", find()
    seen = (await ask(both.plain, "POST", path, JSON, body)).headers
    headers = {**JSON, "butlery-at-least": seen["butlery-revision"]}
    direct = Direct(both.plain, both.serving, None)

    def is_direct(demand: str) -> bool:
        lines = {"host": "butler.example", "content-length": "2", **headers}
        lines["butlery-at-least"] = demand
        raw = [(name.encode(), value.encode()) for name, value in lines.items()]
        scope = {"path": path, "method": "POST", "headers": raw}
        return direct._route(scope) is not None

    await check(both, "POST", path, headers, body)
    assert is_direct(seen["butlery-revision"])
    assert not is_direct("another")


async def test_requests_are_counted_under_the_same_names(both: Both) -> None:
    tally = both.serving.tally.requests
    before = {route for route, _ in tally}
    for app in (both.plain, both.direct):
        tally.clear()
        await ask(app, "POST", f"{ROOT}/find_dataset", JSON, find())
        await ask(app, "GET", f"{ROOT}/get_file/{UUID(int=3)}", {}, b"")
        counted = {key: sum(d.counts) for key, d in tally.items()}
        assert len(counted) == 2
        if app is both.plain:
            expected = counted
    assert counted == expected
    assert before
