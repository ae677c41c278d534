"""What Gafaelfawr says counts, for a while; when it says nothing, nobody gets in."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from butlery.protocol.errors import (
    ForbiddenError,
    UnauthorizedError,
    UnavailableError,
)
from butlery.server.access import Reader
from butlery.server.access.gafaelfawr import GOOD_SECONDS, Gafaelfawr
from butlery.server.access.peers import Peers
from butlery.server.files.recipient import Holder
from tests.registry.conftest import anyio_backend

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

INGRESS = "10.0.0.7"


class Api:
    """Gafaelfawr's user-info API, over HTTP."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {}
        self.asked = 0
        self.status = 200
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked += 1
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                known = api.users.get(token)
                is_right = self.path == "/auth/api/v1/user-info"
                status = (api.status if known else 401) if is_right else 404
                body = json.dumps(known or {}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/auth/"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    made.users["t1"] = {"username": "alice", "groups": [{"name": "g_team", "id": 7}]}
    made.users["t2"] = {"username": "bob"}
    yield made
    made.stop()


def headers(user: str = "alice", token: str = "t1", **more: str) -> dict[bytes, bytes]:
    lines = {"user": user, "token": token, **more}
    return {f"x-auth-request-{n}".encode(): v.encode() for n, v in lines.items()}


async def test_groups_come_with_the_token_and_are_believed_for_a_while(
    api: Api,
) -> None:
    clock = Clock()
    identities = Gafaelfawr(api.url, Peers([INGRESS]), clock)
    reader = await identities.identify(headers(service="vo-cutouts"), INGRESS)
    assert (reader.user, reader.groups) == ("alice", frozenset({"g_team"}))
    assert reader.service == "vo-cutouts"
    assert (await identities.identify(headers("bob", "t2"), INGRESS)).groups == set()
    assert api.asked == 2
    api.users["t1"]["groups"] = []
    clock.now += 299.9
    assert (await identities.identify(headers(), INGRESS)).groups == {"g_team"}
    clock.now += 0.1
    assert (await identities.identify(headers(), INGRESS)).groups == set()
    assert api.asked == 3


async def test_refusal_is_believed_for_a_shorter_while(api: Api) -> None:
    clock = Clock()
    identities = Gafaelfawr(api.url, Peers([INGRESS]), clock)
    for _ in range(2):
        with pytest.raises(UnauthorizedError):
            await identities.identify(headers(token="t3"), INGRESS)
    assert api.asked == 1
    api.users["t3"] = {"username": "alice", "groups": None}
    clock.now += 30.0
    assert (await identities.identify(headers(token="t3"), INGRESS)).user == "alice"


async def test_all_who_have_one_token_ask_once(api: Api) -> None:
    identities = Gafaelfawr(api.url, Peers([INGRESS]))
    found = await asyncio.gather(
        *(identities.identify(headers(), INGRESS) for _ in range(50))
    )
    assert {reader.user for reader in found} == {"alice"}
    assert api.asked == 1


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_away_is_never_open(api: Api, status: int) -> None:
    clock = Clock()
    identities = Gafaelfawr(api.url, Peers([INGRESS]), clock)
    await identities.identify(headers(), INGRESS)
    api.status = status
    await identities.identify(headers(), INGRESS)
    clock.now += 300.0
    with pytest.raises(UnavailableError):
        await identities.identify(headers(), INGRESS)
    api.status = 200
    await identities.identify(headers(), INGRESS)
    api.stop()
    clock.now += 300.0
    with pytest.raises(UnavailableError):
        await identities.identify(headers(), INGRESS)


@pytest.mark.parametrize("content", [[], {"username": 5}, {"groups": []}])
async def test_nonsense_is_never_open(api: Api, content: Any) -> None:
    api.users["t1"] = content or [1]
    identities = Gafaelfawr(api.url, Peers([INGRESS]))
    with pytest.raises(UnavailableError):
        await identities.identify(headers(), INGRESS)


@pytest.mark.parametrize("peer", ["10.0.0.8", "127.0.0.1", "", "10.0.0.77", "::1"])
async def test_around_the_ingress_nobody_is_somebody(api: Api, peer: str) -> None:
    identities = Gafaelfawr(api.url, Peers([INGRESS, "192.0.2.0/24"]))
    with pytest.raises(ForbiddenError, match="X-Auth-Request-User"):
        await identities.identify(headers(), peer)
    assert api.asked == 0
    for peer_inside in (INGRESS, "192.0.2.9", "::ffff:192.0.2.9"):
        await identities.identify(headers(), peer_inside)


async def test_token_of_another_user_is_refused(api: Api) -> None:
    identities = Gafaelfawr(api.url, Peers([INGRESS]))
    with pytest.raises(ForbiddenError, match="another user's"):
        await identities.identify(headers("bob", "t1"), INGRESS)


async def test_missing_headers_are_named(api: Api) -> None:
    identities = Gafaelfawr(api.url, Peers([INGRESS]))
    for user, token in (("", "t1"), ("alice", "")):
        with pytest.raises(ForbiddenError, match="header was not provided"):
            await identities.identify(headers(user, token), INGRESS)


async def test_holder_of_a_url_is_in_the_groups_that_were_told_last(api: Api) -> None:
    now = 0.0
    asked = Gafaelfawr(api.url, Peers([INGRESS]), lambda: now)
    holder = Holder("alice", ("team",))
    assert asked.readmit(holder) == Reader("alice", frozenset({"team"}))
    api.users["t1"] = {"username": "alice", "groups": [{"name": "choir"}]}
    headers = {b"x-auth-request-user": b"alice", b"x-auth-request-token": b"t1"}
    await asked.identify(headers, INGRESS)
    assert asked.readmit(holder) == Reader("alice", frozenset({"choir"}))
    now = GOOD_SECONDS
    assert asked.readmit(holder) == Reader("alice", frozenset({"team"}))
