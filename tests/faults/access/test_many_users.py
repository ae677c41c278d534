"""Fifty users at once, some of them revoked meanwhile: nobody sees another's things.

Every user has a RUN and a group; requests of all kinds for one's own, the group's,
others' and made-up things go over 64 connections to a server of two workers.
"""

import asyncio
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from tests.faults.access.stage.serving import (
    RULES,
    configure,
    make_tokens,
    message,
    serving,
    token_file,
)
from tests.faults.conftest import Report
from tests.faults.outages.stage.client import Client, Reply
from tests.server.access.places import OWN, STOCK
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_USERS, _GROUPS = 50, 10
_REQUESTS, _SOAKED = 3_000, 100_000
_CLIENTS = 64
_REVOKED = 10
_DETECTORS = (1, 2, 3)
# So many clients keep all processors busy; how long that takes is no matter here.
_PATIENT = "deadline_seconds = 20\n"
_RELEASE, _CHAIN = "rel/run", "all/chain"
_OF_USER = re.compile(r"\bu/(user\d\d)\b")
_OF_GROUP = re.compile(r"\bg/(team\d)\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_DETAIL = re.compile(r'"detail":"(?:[^"\\]|\\.)*"')


def _marks(text: str) -> set[str]:
    """Return all users, groups and UUIDs that a text names."""
    return {
        mark for kind in (_OF_USER, _OF_GROUP, _UUID) for mark in kind.findall(text)
    }


def _group_of(number: int) -> str:
    return f"team{number % _GROUPS}"


@dataclass(frozen=True)
class Stage:
    """The server, its users with tokens and token ids, and datasets by RUN."""

    server: ButleryServer
    config: Path
    tokens: dict[str, tuple[str, str]]
    ids: dict[str, list[UUID]]


@dataclass
class Found:
    """What all clients were told, and which tokens were revoked when."""

    replies: Counter[int] = field(default_factory=Counter)
    revoked: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    due: dict[int, str] = field(default_factory=dict)
    """Whose token is to be revoked before which request."""
    late: int = 0
    """Requests of users after their token had been revoked."""


@pytest.fixture(scope="module")
def stage(
    repositories: RepositoryShelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    root = repositories.copy("base")
    ids = _fill(root)
    config = configure(root, tmp_path_factory.mktemp("users"), rules=_PATIENT + RULES)
    groups = {f"user{n:02}": (_group_of(n),) for n in range(_USERS)}
    tokens = make_tokens(config, groups)
    with serving(config, "--workers", "2") as server:
        yield Stage(server, config, tokens, ids)


def _fill(root: Path) -> dict[str, list[UUID]]:
    found = {}
    users = [f"u/user{n:02}/run" for n in range(_USERS)]
    groups = [f"g/team{n}/run" for n in range(_GROUPS)]
    with Butler.from_config(str(root), writeable=True) as butler:
        registry = butler.registry
        for run in (*users, *groups, _RELEASE):
            registry.registerCollection(run, CollectionType.RUN, doc=f"doc of {run}")
            ids = [{"instrument": "Cam1", "detector": d} for d in _DETECTORS]
            found[run] = [r.id for r in registry.insertDatasets("bias", ids, run=run)]
        registry.registerCollection(_CHAIN, CollectionType.CHAINED)
        registry.setCollectionChain(_CHAIN, [*users, *groups, _RELEASE])
    return found


class _Asker:
    """Asks as anybody, for anything, and judges what it is told."""

    def __init__(self, stage: Stage, found: Found, chance: random.Random) -> None:
        self._stage = stage
        self._found = found
        self._chance = chance
        self._runs = [*stage.ids, "u/nobody/run", "g/nothing/run"]

    async def work(self, turns: Iterator[int]) -> None:
        client = await Client.open(self._stage.server.port)
        for turn in turns:
            if turn in self._found.due:
                await self._revoke(self._found.due[turn])
            number = self._chance.randrange(_USERS)
            user = f"user{number:02}"
            run = self._chance.choice([f"u/{user}/run", _RELEASE, *self._some_runs()])
            sent = self._message(run, self._stage.tokens[user][0])
            revoked_at = self._found.revoked.get(user)
            reply = await client.send(sent)
            self._judge(user, _group_of(number), reply, revoked_at)
        await client.close()

    async def _revoke(self, user: str) -> None:
        # While this is done, a request may go either way.
        self._found.revoked[user] = math.inf
        tokens = token_file(self._stage.config)
        await asyncio.to_thread(tokens.revoke, [self._stage.tokens[user][1]])
        self._found.revoked[user] = time.monotonic()

    def _some_runs(self) -> list[str]:
        return self._chance.choices(self._runs, k=3)

    def _message(self, run: str, token: str) -> bytes:
        ids = self._stage.ids.get(run, [UUID(int=self._chance.getrandbits(128))])
        id_, texts = self._chance.choice(ids), [str(each) for each in ids]
        data_id = {"instrument": "Cam1", "detector": self._chance.choice(_DETECTORS)}
        path = [run] if self._chance.random() < 0.7 else [run, _CHAIN]
        search = {"dataset_type": "bias", "data_id": data_id, "collections": path}
        shape = {"collection_types": [1, 2, 3, 4], "flatten_chains": False}
        glob = self._chance.choice(["*", "u/*", "*/run", f"{run[:6]}*", run, _CHAIN])
        listing = {
            "expression": [glob],
            **shape,
            "include_chains": True,
            "include_parents": True,
            "include_summary": True,
            "include_doc": True,
            "summary_datasets": None,
        }
        names = {"search": [glob], **shape, "include_chains": True}
        name = quote(run)
        asked: list[tuple[str, object]] = [
            (f"{STOCK}/collection_info?name={name}&include_parents=1", None),
            (f"{STOCK}/collection_summary?name={name}", None),
            (f"{STOCK}/dataset/{id_}", None),
            (f"{STOCK}/get_file/{id_}", None),
            (f"{STOCK}/dataset/{id_}/download", None),
            (f"{STOCK}/datasets", {"dataset_ids": texts}),
            (f"{STOCK}/file_transfer", {"dataset_ids": texts}),
            (f"{STOCK}/find_dataset", {**search, "timespan": None}),
            (f"{STOCK}/get_file_by_data_id", search),
            (f"{STOCK}/query_collection_info", listing),
            (f"{STOCK}/query_collections", names),
            (f"{OWN}/find_datasets", {"items": [search, search]}),
            (f"{OWN}/get_files", {"items": [{"id": text} for text in texts]}),
        ]
        target, body = self._chance.choice(asked)
        method = "GET" if body is None else "POST"
        return message(method, target, body, token=token)

    def _judge(
        self, user: str, group: str, reply: Reply, revoked_at: float | None
    ) -> None:
        found = self._found
        found.replies[reply.status] += 1
        is_late = revoked_at is not None and revoked_at <= reply.asked_at
        found.late += is_late
        allowed = {401} if is_late else {200, 307, 401, 404, 422}
        if user not in found.revoked and not is_late:
            allowed.discard(401)
        if reply.status not in allowed:
            found.wrong.append(f"{user}: {reply.status} {reply.content[:200]!r}")
        # What is refused, whole or as one of many, may name what the client has named.
        said, told = reply.message.decode(), reply.content.decode()
        details = "".join(_DETAIL.findall(told))
        seen = {user, group, *self._own_ids(user, group)}
        strange = _marks(_DETAIL.sub("", told)) - seen
        strange |= _marks(details) - seen - _marks(said)
        if strange:
            found.wrong.append(f"{user} is told of {strange}: {said} -> {told}")

    def _own_ids(self, user: str, group: str) -> set[str]:
        runs = (f"u/{user}/run", f"g/{group}/run", _RELEASE)
        return {str(id_) for run in runs for id_ in self._stage.ids[run]}


def test_nobody_sees_another_users_things(
    stage: Stage, report: Report, *, soak: bool
) -> None:
    count = _SOAKED if soak else _REQUESTS
    found = Found()
    seed = random.randrange(2**32)
    turns = iter(range(count))
    for number in range(_REVOKED):
        found.due[count * (number + 1) // (_REVOKED + 2)] = f"user{number * 5:02}"

    async def work() -> None:
        askers = [
            _Asker(stage, found, random.Random(seed + n)).work(turns)
            for n in range(_CLIENTS)
        ]
        await asyncio.gather(*askers)

    began = time.monotonic()
    asyncio.run(work())
    seconds = time.monotonic() - began
    report(
        f"{found.replies.total()} requests in {seconds:.1f} s by {_USERS} users,"
        f" {dict(sorted(found.replies.items()))}; {found.late} after a revocation"
    )
    assert found.wrong[:3] == [], f"seed {seed}"
    assert found.replies.total() == count
    assert found.replies[200] > count // 3
    assert found.late > count // 50
    assert "internal-error" not in stage.server.log_text()


def test_own_things_are_seen(stage: Stage) -> None:
    """The control: what is not told to others is told to its owner."""

    async def ask(sent: bytes) -> Reply:
        client = await Client.open(stage.server.port)
        reply = await client.send(sent)
        await client.close()
        return reply

    for number in range(1, _USERS, 7):
        user, group = f"user{number:02}", _group_of(number)
        if number % 5 == 0 and number < 5 * _REVOKED:
            continue  # revoked by the test before
        token = stage.tokens[user][0]
        shape = {"collection_types": [1], "flatten_chains": False}
        body = {"search": ["*"], **shape, "include_chains": False}
        sent = message("POST", f"{STOCK}/query_collections", body, token=token)
        listed = json.loads(asyncio.run(ask(sent)).content)["collections"]
        assert {n for n in listed if n.startswith(("u/", "g/"))} == {
            f"u/{user}/run",
            f"g/{group}/run",
        }
