"""Who asks too much waits, gets the right answers nevertheless, and hinders nobody."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsst.daf.butler import Butler

from butlery.protocol.errors import TooManyRequestsError
from butlery.server.access import Guard, NoIdentities, Reader, TokenFile
from butlery.server.access.limits import Limits
from butlery.server.access.services import Services
from butlery.server.config import AccessSettings, ServiceSettings, UserLimitSettings
from butlery.server.tally import Tally
from tests.server.test_observed import sample
from tests.server.web import Web
from tests.support.repositories import RepositoryShelf
from tests.support.servers import TOKEN_VARIABLE, ButleryServer

PATH = "/api/butler/repo/repo/v1/universe"
ROOT = "/api/butler/repo/repo/v1"
ALICE, BOB = Reader("alice"), Reader("bob")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class AsNamed(NoIdentities):
    """Believes what the request says."""

    async def identify(self, headers: Any, peer: str) -> Reader:
        del peer
        name = headers.get(b"user", b"").decode()
        return Reader(name or None, service=headers.get(b"service", b"").decode())


def settings_of(
    concurrent: int = 100, per_minute: int | None = None, **services: ServiceSettings
) -> AccessSettings:
    limits = UserLimitSettings(concurrent, per_minute)
    kind: Any = {"kind": "tokens", "tokens_file": "none"} if services else {}
    return AccessSettings(limits=limits, services=services, **kind)


def test_user_has_so_many_requests_at_once_and_leaves_others_theirs() -> None:
    limits = Limits(settings_of(2))
    first, _ = limits.admit(ALICE, ""), limits.admit(ALICE, "")
    with pytest.raises(TooManyRequestsError, match="alice has 2") as refused:
        limits.admit(ALICE, "")
    assert refused.value.headers == {"retry-after": "1"}
    limits.admit(BOB, "")
    first.end()
    limits.admit(ALICE, "")
    assert limits.running == 3


def test_who_is_not_asked_who_they_are_counts_by_address_but_for_this_machine() -> None:
    limits = Limits(settings_of(1))
    for _ in range(3):
        limits.admit(Reader(), "127.0.0.1")
        limits.admit(Reader(), "::1")
    limits.admit(Reader(), "192.0.2.1")
    limits.admit(Reader(), "192.0.2.2")
    with pytest.raises(TooManyRequestsError, match=r"192\.0\.2\.1 has 1"):
        limits.admit(Reader(), "192.0.2.1")


def test_service_has_a_limit_over_all_its_users_besides_theirs() -> None:
    limits = Limits(settings_of(2, cutouts=ServiceSettings(concurrent=3)))
    users = [Reader(name, service="cutouts") for name in ("a", "a", "b", "c")]
    admitted = [limits.admit(user, "") for user in users[:3]]
    with pytest.raises(TooManyRequestsError, match="cutouts has 3"):
        limits.admit(users[3], "")
    with pytest.raises(TooManyRequestsError, match="a has 2"):
        limits.admit(Reader("a"), "")
    limits.admit(Reader("c", service="another"), "").end()
    for each in admitted:
        each.end()
    assert limits.running == 0


def test_what_the_service_may_not_does_not_cost_its_user_anything() -> None:
    cutouts = ServiceSettings(per_minute=1)
    limits = Limits(settings_of(per_minute=2, cutouts=cutouts), Clock())
    through = Reader("a", service="cutouts")
    limits.admit(through, "").end()
    for _ in range(5):
        with pytest.raises(TooManyRequestsError) as refused:
            limits.admit(through, "")
    assert refused.value.headers["x-ratelimit-resource"] == "butlery/cutouts"
    limits.admit(Reader("a"), "").end()
    assert limits.running == 0


def test_answers_say_what_is_left() -> None:
    clock = Clock()
    limits = Limits(settings_of(per_minute=2), clock, lambda: 5000.25)
    guarded = guard(limits, answer)
    first, second, third = (asyncio.run(ask(guarded, "alice")) for _ in range(3))
    assert first == {
        "status": "200",
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-used": "1",
        "x-ratelimit-reset": "5031",
        "x-ratelimit-resource": "butlery",
    }
    assert second["x-ratelimit-remaining"] == "0"
    assert (third["status"], third["retry-after"]) == ("429", "30")
    assert third["x-ratelimit-remaining"] == "0"
    assert third["cache-control"] == "no-store"
    clock.now += 29.5
    assert asyncio.run(ask(guarded, "alice"))["retry-after"] == "1"
    clock.now += 0.5
    assert asyncio.run(ask(guarded, "alice"))["status"] == "200"


def test_nothing_is_said_where_nobody_counts_by_the_minute() -> None:
    assert asyncio.run(ask(guard(Limits(settings_of()), answer), "alice")) == {
        "status": "200"
    }


def test_refusals_of_the_guard_are_counted_and_what_is_open_is_not_limited() -> None:
    tally = Tally()
    guarded = guard(Limits(settings_of(per_minute=1)), answer, tally)
    for _ in range(3):
        asyncio.run(ask(guarded, "alice"))
    route = "/api/butler/repo/{repository}"
    assert {k: sum(d.counts) for k, d in tally.requests.items()} == {(route, 429): 2}
    for path in ("/api/butler/repo/repo/butler.yaml", "/health/live"):
        assert asyncio.run(ask(guarded, "alice", path))["status"] == "200"


Act = tuple[str, str, str, int]

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob"]),
        st.sampled_from(["", "cutouts"]),
        st.sampled_from(["answer", "fail", "fail late", "stream", "unread"]),
        st.integers(0, 12),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(ACTS, st.sampled_from([None, 20]))
def test_every_request_that_was_counted_ends_however_it_does(
    acts: list[Act], per_minute: int | None
) -> None:
    cutouts = ServiceSettings(concurrent=4)
    limits = Limits(settings_of(3, per_minute, cutouts=cutouts))
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(limits.running)
        await act_out(scope, receive, send)

    asyncio.run(ask_and_cancel(guard(limits, app), acts))
    assert limits.running == 0
    # Of each of two users, for themselves and for the service.
    assert all(running <= 2 * 3 + 4 for running in seen)


async def act_out(scope: Any, receive: Any, send: Any) -> None:
    act = scope["act"]
    await asyncio.sleep(0)
    if act == "fail":
        raise RuntimeError
    await answer(scope, receive, send, more=True)
    await asyncio.sleep(0)
    if act == "fail late":
        raise RuntimeError
    if act == "stream":
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ask_and_cancel(guarded: Guard, acts: list[Act]) -> None:
    tasks: list[tuple[asyncio.Task[Any], int]] = []
    for user, service, act, cancelled_after in acts:
        asked = ask(guarded, user, service=service, act=act)
        tasks.append((asyncio.create_task(asked), cancelled_after))
    for turn in range(12):
        await asyncio.sleep(0)
        for task, when in tasks:
            if when == turn:
                task.cancel()
    for task, _ in tasks:
        with suppress(RuntimeError, asyncio.CancelledError):
            await task


async def answer(scope: Any, receive: Any, send: Any, *, more: bool = False) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x", "more_body": more})


def guard(limits: Limits, app: Any, tally: Tally | None = None) -> Guard:
    return Guard(app, AsNamed(), limits, Services({}), tally or Tally())


async def ask(
    app: Any, user: str, path: str = PATH, *, service: str = "", act: str = ""
) -> dict[str, str]:
    """Return the answer's headers, with its status."""
    found: dict[str, str] = {}

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        for name, value in message.get("headers", ()):
            found[name.decode()] = value.decode()
        if "status" in message:
            found["status"] = str(message["status"])

    async def wait() -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    extensions = {"butlery.sent": {"wait": wait}} if act == "unread" else {}
    scope = {
        "type": "http",
        "path": path,
        "method": "GET",
        "headers": [(b"user", user.encode()), (b"service", service.encode())],
        "client": ("192.0.2.1", 1),
        "extensions": extensions,
        "act": act,
    }
    await app(scope, None, send)
    return {n: v for n, v in found.items() if not n.startswith("content-")}


Serve = Callable[[str], tuple[ButleryServer, dict[str, str]]]


@pytest.fixture
def serve(repositories: RepositoryShelf, tmp_path: Path) -> Iterator[Serve]:
    """Return what starts a server with limits, and makes a token for alice and bob."""
    servers: list[ButleryServer] = []

    def start(limits: str) -> tuple[ButleryServer, dict[str, str]]:
        tokens = TokenFile(tmp_path / "tokens.json")
        config = tmp_path / "server.toml"
        config.write_text(f"""
[access]
kind = "tokens"
tokens_file = "tokens.json"
{limits}
[repositories.repo]
uri = "{repositories.get("base")}"
""")
        servers.append(ButleryServer.start(config))
        return servers[-1], {
            user: tokens.create(user, [], None)[0] for user in ("alice", "bob")
        }

    yield start
    for server in servers:
        server.stop()


def test_stock_client_that_asks_too_often_is_slowed_down_and_gets_right_answers(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, tokens = serve("[access.limits]\nper_minute = 30")
    monkeypatch.setenv(TOKEN_VARIABLE, tokens["alice"])
    with server.butler(instrument="Cam1") as butler, closing(Web(server)) as web:
        expected = find(butler, 1)
        begin = time.monotonic()
        found = [find(butler, 1) for _ in range(32)]
        assert time.monotonic() - begin > 2.0
        assert found == [expected] * 32
        assert sample(web, "butlery_request_seconds_count", status="429") >= 1
        # Another user notices nothing.
        answered = web.get(f"{ROOT}/universe", authorization=f"Bearer {tokens['bob']}")
        assert (answered.status, answered.headers["x-ratelimit-used"]) == (200, "1")
        wait = web.get(f"{ROOT}/universe", authorization=f"Bearer {tokens['alice']}")
        assert wait.status == 429
        assert 1 <= int(wait.headers["retry-after"]) <= 2


def test_stock_clients_that_ask_too_much_at_once_all_get_right_answers(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, tokens = serve("[access.limits]\nconcurrent = 1")
    monkeypatch.setenv(TOKEN_VARIABLE, tokens["alice"])
    with server.butler() as butler:
        with ThreadPoolExecutor(8) as threads:
            listed = list(
                threads.map(lambda _: butler.collections.query("*"), range(40))
            )
        assert listed == [listed[0]] * 40
    with closing(Web(server)) as web:
        assert sample(web, "butlery_request_seconds_count", status="429") >= 1


def find(butler: Butler, detector: int) -> object:
    return butler.find_dataset(
        "bias", instrument="Cam1", detector=detector, collections="runs/first"
    )
