"""A command reaches every server; whoever does not answer is named."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from butlery.cache import Repository
from butlery.cache.bus import (
    Acknowledged,
    ChangeStream,
    Command,
    MemoryHub,
    MemoryTransport,
)
from butlery.cache.follower import ChangeFollower
from butlery.cache.operations import (
    INVALIDATE,
    STATUS,
    WARM,
    Operations,
    Silent,
    execution,
)
from butlery.cache.operations import obeyer as obeying
from butlery.protocol.admin import ServerStatus
from butlery.protocol.dimensions import RequestDataId
from tests.cache.bus.media import until
from tests.registry.opening import open_repository
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

BIAS: RequestDataId = {"instrument": "Cam1", "detector": 2}
_numbers = count(1)


@dataclass
class Server:
    """One process's part, in this process."""

    name: str
    repository: Repository
    operations: Operations
    follower: ChangeFollower

    async def keep_one(self) -> None:
        await self.repository.find_dataset("bias", BIAS, {}, ["runs/first"], None)
        assert len(self.repository.answers) > 0


def hears(stream: ChangeStream, names: set[str]) -> bool:
    return stream.live and names <= {*stream.publishers()}


class Fleet:
    """Servers of one repository that meet on one stream."""

    def __init__(self, root: Path, stack: AsyncExitStack) -> None:
        self.hub = MemoryHub()
        self.servers: list[Server] = []
        self._root = root
        self._stack = stack

    async def add(self, *, obeys: bool = True, patience: float = 20.0) -> Server:
        repository = await open_repository(self._stack, self._root, poll_seconds=1)
        name = f"server:test:{next(_numbers)}"
        stream = ChangeStream(
            MemoryTransport(self.hub), name, "life", heartbeat_seconds=0.1
        )
        follower = ChangeFollower(stream, [])
        operations = await self._stack.enter_async_context(
            Operations({"repo": repository}, stream, patience_seconds=patience)
        )
        if obeys:
            follower.attend(operations.obey, operations.heard)
        await follower.open()
        self._stack.push_async_callback(follower.close)
        self.servers.append(Server(name, repository, operations, follower))
        names = {server.name for server in self.servers}
        for server in self.servers:
            await until(partial(hears, server.follower.stream, names))
        return self.servers[-1]


@pytest.fixture
async def fleet(repositories: RepositoryShelf, closing_stack: AsyncExitStack) -> Fleet:
    fleet = Fleet(repositories.get("base"), closing_stack)
    await fleet.hub.start()
    return fleet


async def command(
    server: Server, action: str, **arguments: list[str]
) -> list[Acknowledged | Silent]:
    identity = server.repository.registry.identity
    events = server.operations.command(action, identity, arguments)
    return [event async for event in events]


def silent(events: list[Acknowledged | Silent]) -> list[str]:
    return [event.server for event in events if isinstance(event, Silent)]


def answers(events: list[Acknowledged | Silent]) -> dict[str, Acknowledged]:
    return {e.server: e for e in events if isinstance(e, Acknowledged) and e.done}


async def test_every_server_forgets(fleet: Fleet) -> None:
    first, second = await fleet.add(), await fleet.add()
    for server in fleet.servers:
        await server.keep_one()
    events = await command(first, INVALIDATE)
    assert not silent(events)
    assert {name: a.counts["dropped"] for name, a in answers(events).items()} == {
        first.name: 1,
        second.name: 1,
    }
    assert all(a.ok for a in answers(events).values())
    assert not len(second.repository.answers)


async def test_every_server_warms_its_own_cache(fleet: Fleet) -> None:
    first, second = await fleet.add(), await fleet.add()
    events = await command(first, WARM, collections=["runs/first"])
    assert answers(events).keys() == {first.name, second.name}
    assert len(first.repository.answers) == len(second.repository.answers) > 0


async def test_server_that_does_not_obey_is_named(fleet: Fleet) -> None:
    deaf, server = await fleet.add(obeys=False), await fleet.add(patience=2.0)
    events = await command(server, INVALIDATE)
    assert silent(events) == [deaf.name]
    assert answers(events).keys() == {server.name}


async def test_server_that_fell_silent_before_is_named(fleet: Fleet) -> None:
    server = await fleet.add(patience=2.0)
    gone, ended = await fleet.add(), await fleet.add()
    await ended.follower.close()
    await drop(gone)
    stream = server.follower.stream
    await until(lambda: stream.publishers() == [server.name])
    assert silent(await command(server, INVALIDATE)) == [gone.name]


async def drop(server: Server) -> None:
    """Cut a server off, without a farewell."""
    transport = server.follower.stream._transport
    assert isinstance(transport, MemoryTransport)
    await transport.close()


async def test_publishers_that_are_no_servers_are_not_waited_for(fleet: Fleet) -> None:
    server = await fleet.add()
    watcher = ChangeStream(MemoryTransport(fleet.hub), "watcher:1", "life")
    await watcher.open()
    await until(lambda: "watcher:1" in server.follower.stream.publishers())
    assert not silent(await command(server, INVALIDATE))
    await watcher.close()


async def test_work_that_takes_long_is_not_taken_for_silence(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, busy = await fleet.add(patience=2.0), await fleet.add()
    monkeypatch.setattr(obeying, "PROGRESS_SECONDS", 0.05)
    execute = execution.execute

    async def dawdle(repository: Repository, *arguments: Any) -> Any:
        if repository is busy.repository:
            await asyncio.sleep(3.0)
        return await execute(repository, *arguments)

    monkeypatch.setattr(obeying, "execute", dawdle)
    events = await command(server, WARM, collections=["runs/first"])
    assert not silent(events)
    words = [e for e in events if isinstance(e, Acknowledged) and not e.done]
    assert len([word for word in words if word.server == busy.name]) > 5


async def test_caller_who_leaves_ends_the_work_everywhere(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, other = await fleet.add(), await fleet.add()
    monkeypatch.setattr(obeying, "PROGRESS_SECONDS", 0.02)
    at_work = set()

    async def work_for_ever(repository: Repository, *_: Any) -> None:
        at_work.add(repository)
        try:
            await asyncio.Event().wait()
        finally:
            at_work.remove(repository)

    monkeypatch.setattr(obeying, "execute", work_for_ever)
    identity = server.repository.registry.identity
    both = {server.repository, other.repository}
    async with aclosing(server.operations.command(WARM, identity)) as events:
        await anext(events)
        await until(lambda: at_work == both)
    await until(lambda: not at_work)

    async def listen() -> None:
        async with aclosing(server.operations.command(WARM, identity)) as events:
            async for _ in events:
                pass

    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        await until(lambda: at_work == both)
        group.cancel_scope.cancel()
    await until(lambda: not at_work)


async def test_without_its_stream_a_server_obeys_alone_and_says_so(
    fleet: Fleet,
) -> None:
    server, other = await fleet.add(), await fleet.add()
    for each in fleet.servers:
        await each.keep_one()
    await fleet.hub.stop()
    events = await command(server, INVALIDATE)
    assert answers(events).keys() == {server.name}
    assert silent(events) == ["all others, for the stream is away"]
    assert not len(server.repository.answers)
    assert len(other.repository.answers)


async def test_one_process_without_any_stream_obeys_at_once(
    repositories: RepositoryShelf, closing_stack: AsyncExitStack
) -> None:
    root = repositories.get("base")
    repository = await open_repository(closing_stack, root, poll_seconds=1)
    async with Operations({"repo": repository}) as operations:
        identity = repository.registry.identity
        arguments = {"collections": ["runs/first"]}
        events = [e async for e in operations.command(WARM, identity, arguments)]
    (answer,) = answers(events).values()
    assert answer.ok
    assert answer.counts["stored"] == len(repository.answers) > 0


async def test_status_comes_from_every_server(fleet: Fleet) -> None:
    first, second = await fleet.add(), await fleet.add()
    await second.keep_one()
    found = answers(await command(first, STATUS))
    statuses = {
        name: msgspec.json.decode(answer.report, type=ServerStatus)
        for name, answer in found.items()
    }
    assert statuses.keys() == {first.name, second.name}
    status = statuses[second.name]
    assert status.server == second.name
    (repository,) = status.repositories
    assert (repository.label, repository.kept.entries) == ("repo", 1)
    assert repository.collections_by_policy.keys() == {"dynamic"}
    assert status.stream is not None
    assert status.stream.live
    assert {first.name, second.name} <= {*status.stream.publishers}


@pytest.mark.parametrize(
    ("action", "arguments", "text"),
    [
        (WARM, {"collections": ["runs/nowhere"]}, "Unknown collection 'runs/nowhere'"),
        (INVALIDATE, {"dimensions": ["colour"]}, "Unknown dimension 'colour'"),
        ("dance", {}, "This server knows no command 'dance'."),
    ],
)
async def test_what_cannot_be_done_is_acknowledged_as_such(
    fleet: Fleet, action: str, arguments: dict[str, list[str]], text: str
) -> None:
    server = await fleet.add()
    (answer,) = answers(await command(server, action, **arguments)).values()
    assert not answer.ok
    assert answer.detail.startswith(text)


async def test_command_for_a_repository_of_others_is_acknowledged(fleet: Fleet) -> None:
    server = await fleet.add()
    events = [e async for e in server.operations.command(INVALIDATE, "another")]
    (answer,) = answers(events).values()
    assert (answer.ok, answer.counts) == (True, {})


async def test_same_command_twice_is_obeyed_once(fleet: Fleet) -> None:
    """A stream may deliver twice what a publisher sent twice."""
    server = await fleet.add()
    words: list[Acknowledged] = []
    order = Command("1", server.repository.registry.identity, INVALIDATE, {})
    server.follower.attend(server.operations.obey, words.append)
    for _ in range(2):
        server.operations.obey(order)
    await until(lambda: bool(words))
    await asyncio.sleep(0.05)
    assert len(words) == 1
