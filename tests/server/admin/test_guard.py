"""Only operators get in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from litestar.testing import AsyncTestClient

from butlery.cache.operations import Operations
from butlery.server.admin import create_admin_app
from butlery.server.config import AdminSettings
from butlery.server.serving import Serving

pytestmark = pytest.mark.anyio

TOKEN = "a token that only these tests know, no shorter"
STATUS = "/v1/status"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Door:
    """Admin applications without repositories."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def status(self, token: str | None, host: str, **headers: str) -> int:
        serving = Serving({})
        serving.operations = Operations({})
        app = create_admin_app(AdminSettings(token=token), serving)
        client = AsyncTestClient(app)
        await self._stack.enter_async_context(client)
        answer = await client.get(STATUS, headers={"host": host, **headers})
        return answer.status_code


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        yield Door(stack)


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost", "[::1]:8081"])
async def test_without_a_token_loopback_names_get_in(door: Door, host: str) -> None:
    assert await door.status(None, host) == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
async def test_without_a_token_a_page_of_another_name_does_not(
    door: Door, host: str
) -> None:
    assert await door.status(None, host) == 403


async def test_token_gets_in_under_any_name(door: Door) -> None:
    status = await door.status(
        TOKEN, "butlery.example", authorization=f"Bearer {TOKEN}"
    )
    assert status == 200


@pytest.mark.parametrize(
    "shown", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "Bearer"]
)
async def test_wrong_token_does_not(door: Door, shown: str) -> None:
    headers = {"authorization": shown} if shown else {}
    assert await door.status(TOKEN, "127.0.0.1", **headers) == 401


async def test_before_the_repositories_are_open_one_is_told_to_wait() -> None:
    app = create_admin_app(AdminSettings(), Serving({}))
    async with AsyncTestClient(app) as client:
        answer = await client.get(STATUS, headers={"host": "localhost"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"


async def test_probes_get_in_as_they_are() -> None:
    app = create_admin_app(AdminSettings(token=TOKEN), Serving({}))
    async with AsyncTestClient(app) as client:
        answer = await client.get("/health/live", headers={"host": "10.0.0.1"})
    assert answer.status_code == 200
