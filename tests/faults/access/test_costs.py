"""What rights cost: memory for many users, and time that no hidden collection takes."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.access.stage.crowd import crowd
from tests.faults.access.stage.serving import (
    configure,
    make_tokens,
    message,
    serving,
    write_tokens,
)
from tests.faults.access.stage.stopwatch import Stopwatch
from tests.faults.conftest import Report
from tests.faults.outages.stage.client import Client
from tests.faults.outages.stage.process import cpu_seconds, memory_megabytes
from tests.server.access.places import STOCK
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_READER, _VISIBLE = "alice", 20
_FEW = 1_000
_MANY, _MANY_SOAKED = 5_000, 100_000
_MOST_TIMES = 2.0
_USERS, _USERS_SOAKED = 1_000, 10_000
_MEGABYTES_OF_ALL = 100.0
_CLIENTS = 16
# What any server takes once it has answered many requests, whoever asks.
_MEGABYTES_OF_WORK = 15.0

_SEARCH = {
    "dataset_type": "bias",
    "data_id": {"instrument": "Cam1", "detector": 1},
    "timespan": None,
}
_SHAPE = {"collection_types": [1, 2, 3, 4], "flatten_chains": False}
_WHOLE = {
    **_SHAPE,
    "include_chains": True,
    "include_parents": True,
    "include_summary": True,
    "include_doc": True,
    "summary_datasets": None,
}
_NAMES = {**_SHAPE, "include_chains": True}
_OWN = f"u/{_READER}/run1"
_REQUESTS: dict[str, tuple[str, object]] = {
    "query_collections *": (f"{STOCK}/query_collections", {"search": ["*"], **_NAMES}),
    "query_collections u/*": (
        f"{STOCK}/query_collections",
        {"search": ["u/*"], **_NAMES},
    ),
    "query_collection_info *": (
        f"{STOCK}/query_collection_info",
        {"expression": ["*"], **_WHOLE},
    ),
    "collection_info": (f"{STOCK}/collection_info?name={_OWN}&include_parents=1", None),
    "collection_summary": (f"{STOCK}/collection_summary?name={_OWN}", None),
    "find_dataset in one": (
        f"{STOCK}/find_dataset",
        {**_SEARCH, "collections": [_OWN]},
    ),
    "find_dataset in *": (f"{STOCK}/find_dataset", {**_SEARCH, "collections": ["*"]}),
    "find_dataset in u/*": (
        f"{STOCK}/find_dataset",
        {**_SEARCH, "collections": ["u/*"]},
    ),
}


@dataclass(frozen=True)
class Two:
    """The same reader at a server of few collections, and at one of many."""

    few: ButleryServer
    many: ButleryServer
    tokens: tuple[str, str]
    total: int


@pytest.fixture(scope="module")
def two(
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    soak: bool,
) -> Iterator[Two]:
    total = _MANY_SOAKED if soak else _MANY
    with ExitStack() as stack:
        servers: list[ButleryServer] = []
        tokens: list[str] = []
        for count in (_FEW, total):
            root = repositories.copy("base")
            crowd(root, _READER, _VISIBLE, count)
            config = configure(root, tmp_path_factory.mktemp("crowd"))
            tokens.append(make_tokens(config, {_READER: ()})[_READER][0])
            servers.append(stack.enter_context(serving(config)))
        yield Two(servers[0], servers[1], (tokens[0], tokens[1]), total)


@pytest.mark.parametrize("name", _REQUESTS)
def test_listing_costs_what_the_reader_sees(
    two: Two, name: str, report: Report, *, soak: bool
) -> None:
    """The first question may pay for all; the following ones may not.

    CPU of the server processes, in turns; of several turns the least counts, for
    nothing makes a process faster than it is.
    """
    target, body = _REQUESTS[name]
    method = "GET" if body is None else "POST"
    number, turns = (600, 8) if soak else (120, 4)
    costs: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        asked = [
            (
                server,
                stack.enter_context(Stopwatch(server)),
                message(method, target, body, token=token),
            )
            for server, token in zip((two.few, two.many), two.tokens, strict=True)
        ]
        answers = [watch.ask(sent)[1] for _, watch, sent in asked]
        bodies = [answer.partition(b"\r\n\r\n")[2] for answer in answers]
        assert bodies[0] == bodies[1]
        assert answers[0].startswith(b"HTTP/1.1 200")
        for _ in range(turns):
            for (server, watch, sent), found in zip(asked, costs, strict=True):
                began = cpu_seconds(server)
                for _ in range(number):
                    watch.ask(sent)
                found.append((cpu_seconds(server) - began) / number)
    few, many = (min(found) * 1e6 for found in costs)
    report(f"{few:.0f} µs of CPU among {_FEW}, {many:.0f} µs among {two.total}")
    # Processor time is counted by the tick, so each of both may be one more or less.
    tick = 1e6 / os.sysconf("SC_CLK_TCK") / number
    assert many <= _MOST_TIMES * few + 2 * tick


def test_many_users_take_little_memory(
    repositories: RepositoryShelf, tmp_path: Path, report: Report, *, soak: bool
) -> None:
    """Tokens of all, and whatever is kept of users who have asked for something."""
    count = _USERS_SOAKED if soak else _USERS
    config = configure(repositories.get("base"), tmp_path / "server")
    first = write_tokens(config, ["first"])["first"]
    with serving(config) as server:
        statuses = _ask_as(server, [first] * (_CLIENTS * 50))
        before = memory_megabytes(server)
        secrets = write_tokens(config, [f"user{n}" for n in range(count)])
        statuses |= _ask_as(server, list(secrets.values()))
        grown = memory_megabytes(server) - before
        assert statuses == {200}
        again = _ask_as(server, list(secrets.values()))
        assert again == {200}
        after = memory_megabytes(server) - before
    report(f"{grown:.1f} MB for {count} users, {after:.1f} MB when all asked again")
    most = _MEGABYTES_OF_ALL * count / _USERS_SOAKED
    assert after <= max(most, _MEGABYTES_OF_WORK)


def _ask_as(server: ButleryServer, secrets: list[str]) -> set[int]:
    """Ask as each something that the server remembers; return the statuses."""
    left = iter(enumerate(secrets))
    statuses: set[int] = set()

    async def work() -> None:
        client = await Client.open(server.port)
        for number, secret in left:
            body = {**_SEARCH, "collections": ["imported_g"]}
            names = {"search": [f"u/user{number}/*", "imported*"], **_NAMES}
            for target, document in (
                (f"{STOCK}/find_dataset", body),
                (f"{STOCK}/query_collections", names),
            ):
                sent = message("POST", target, document, token=secret)
                reply = await client.send(sent)
                statuses.add(reply.status)
                assert json.loads(reply.content)
        await client.close()

    async def all_work() -> None:
        await asyncio.gather(*(work() for _ in range(_CLIENTS)))

    asyncio.run(all_work())
    return statuses
