"""After a warming nobody has to wait for the database, and nobody is told less."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import pytest

from butlery.cache import Repository
from butlery.cache.answers import Answers, Limits, collection
from butlery.cache.operations import Warming
from butlery.cache.policies import Policies, Policy, PolicyRule
from butlery.cache.trail import Trail
from butlery.protocol.admin import WarmRequest
from butlery.protocol.collections import CollectionType
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.errors import BadRequestError, NotFoundError, UnavailableError
from butlery.registry import RegistryReader
from tests.cache.bus.media import until
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

PAGE = 2
Shown = tuple[UUID, str, dict[str, Any], int]


class Opener(Protocol):
    """Opens the shared repository anew, with an empty cache."""

    async def __call__(
        self, *rules: PolicyRule, limits: Limits | None = None
    ) -> Repository: ...


@pytest.fixture
def opened(shared: OwnRepository, closing_stack: AsyncExitStack) -> Opener:
    async def open_(*rules: PolicyRule, limits: Limits | None = None) -> Repository:
        return await open_repository(
            closing_stack,
            shared.root,
            poll_seconds=3600,
            policies=Policies(rules),
            limits=limits,
        )

    return open_


async def warm(repository: Repository, *names: str, **options: Any) -> dict[str, int]:
    request = WarmRequest(list(names), **options)
    outcome = await Warming(repository, request, page_size=PAGE).run()
    assert outcome.ok, outcome
    return outcome.counts


async def members_of(repository: Repository, target: str) -> list[Any]:
    """Return type, data ID and UUID of everything in a collection and its members."""
    snapshot = await repository.snapshot()
    members = []
    for found in snapshot.collections.flatten([target]):
        if found.is_chain:
            continue
        for id_ in snapshot.summary(found).dataset_type_ids:
            type_ = snapshot.dataset_types.by_id[id_]
            _, page = await snapshot.reader.members(
                type_,
                found.key,
                calibrations=found.type is CollectionType.CALIBRATION,
                after=None,
                limit=10_000,
            )
            members += [
                (type_.name, dict(zip(type_.group.required, m.values, strict=True)), m)
                for m in page
            ]
    return members


async def all_lookups(
    repository: Repository, target: str, trail: Trail | None = None
) -> list[Shown | None]:
    """Ask for everything in a collection, by data ID and by UUID."""
    shown: list[Shown | None] = []
    total = Trail() if trail is None else trail

    def show(found: Any) -> None:
        files = found and len(found.files)
        shown.append(found and (found.id, found.run, found.data_id.data_id, files))

    for name, data_id, member in await members_of(repository, target):
        id_, path = member.found.id, [target]
        for look_up in (
            partial(repository.find_dataset, name, data_id, {}, path, None),
            partial(repository.get_dataset, id_),
            partial(repository.get_files, id_),
        ):
            one = Trail()
            show(await look_up(trail=one))
            total.misses += one.misses
    return shown


@pytest.mark.parametrize(
    ("target", "policies"),
    [("runs/first", "dynamic"), ("calib/main", "dynamic"), ("chain/outer", "mixed")],
)
async def test_lookups_run_no_sql_and_answer_the_same(
    opened: Opener, target: str, policies: str
) -> None:
    rules = [PolicyRule(Policy.PERMANENT, ["runs/*"], ["*"], ["*"])]
    repository = await opened(*(rules if policies == "mixed" else []))
    expected = await all_lookups(repository, target)
    assert expected
    repository.answers.generations.move_all("test", permanent=True)
    counts = await warm(repository, target)
    assert counts["lost"] == 0
    assert counts["collections"] == counts["of collections"]
    assert counts["datasets"] == len(await members_of(repository, target))
    trail = Trail()
    assert await all_lookups(repository, target, trail) == expected
    assert trail.misses == 0


async def test_files_by_data_id_run_no_sql(opened: Opener) -> None:
    repository = await opened()
    await warm(repository, "files/run", dataset_types=["note_yaml"])
    before = repository.registry.database.statements
    data_id: RequestDataId = {"instrument": "Cam1", "detector": 2}
    found = await repository.find_files("note_yaml", data_id, {}, ["files/run"], None)
    assert found.files
    assert repository.registry.database.statements == before


async def test_glob_warms_each_collection_that_it_matches(
    opened: Opener,
) -> None:
    repository = await opened()
    counts = await warm(repository, "runs/*", dataset_types=["bias", "fla*"])
    assert counts["collections"] > 1
    before = repository.registry.database.statements
    bias: RequestDataId = {"instrument": "Cam1", "detector": 2}
    assert await repository.find_dataset("bias", bias, {}, ["runs/first"], None)
    assert repository.registry.database.statements == before


async def test_volatile_collection_is_not_read(opened: Opener) -> None:
    repository = await opened(PolicyRule(Policy.VOLATILE, ["runs/first"]))
    outcome = await Warming(repository, WarmRequest(["runs/first"])).run()
    assert outcome.detail == "runs/first was not read: it is volatile"
    assert len(repository.answers) == 0


async def test_unknown_names_are_errors(opened: Opener) -> None:
    repository = await opened()
    for request in (
        WarmRequest(["runs/first", "runs/nowhere"]),
        WarmRequest(["runs/first"], ["bais"]),
    ):
        with pytest.raises(
            NotFoundError, match=r"nowhere|'bais'; the nearest is 'bias'"
        ):
            await Warming(repository, request).run()
    with pytest.raises(BadRequestError):
        await Warming(repository, WarmRequest([])).run()
    assert len(repository.answers) == 0


@pytest.mark.parametrize("limits", [Limits(entries=20), Limits(bytes=20_000)], ids=str)
async def test_full_cache_is_left_some_room(opened: Opener, limits: Limits) -> None:
    repository = await opened(limits=limits)
    outcome = await Warming(repository, WarmRequest(["*"]), page_size=PAGE).run()
    assert not outcome.ok
    assert "full" in outcome.detail
    assert 0 < len(repository.answers) <= 0.9 * limits.entries + 1
    assert repository.answers.size_bytes <= limits.bytes


async def test_database_that_goes_away_ends_it_with_what_was_done(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = await opened()
    reads = []

    async def members(self: RegistryReader, *args: Any, **options: Any) -> object:
        reads.append(args)
        if len(reads) > 1:
            raise UnavailableError("away")
        return await MEMBERS(self, *args, **options)

    monkeypatch.setattr(RegistryReader, "members", members)
    request = WarmRequest(["runs/first"])
    outcome = await Warming(repository, request, page_size=PAGE).run()
    assert not outcome.ok
    assert outcome.detail == "away"
    assert outcome.counts["datasets"] == PAGE
    assert len(repository.answers) > 0


async def test_warming_can_be_cancelled(opened: Opener) -> None:
    repository = await opened()
    warming = Warming(repository, WarmRequest(["*"]), page_size=1)
    task = asyncio.create_task(warming.run())
    await until(lambda: warming.progress.datasets > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert repository.answers.reading == 0
    kept = len(repository.answers)
    await asyncio.sleep(0.05)
    assert len(repository.answers) == kept


class CarelessAnswers(Answers):
    """The same without the guard: what was read is stored as if it were of now."""

    def prepare(self, question: Any, value: Any, since: int) -> bool:
        del since
        return super().prepare(question, value, self.generations.now)


MEMBERS = RegistryReader.members


def moving_after_read(
    repository: Repository, key: object
) -> Callable[..., Awaitable[object]]:
    """Let a collection move between each page's read and the storing of it."""

    async def members(self: RegistryReader, *args: Any, **options: Any) -> object:
        read = await MEMBERS(self, *args, **options)
        repository.answers.generations.move([collection(key)])
        return read

    return members


@pytest.mark.parametrize("guarded", [True, False])
async def test_page_that_lost_to_a_write_is_not_stored(
    opened: Opener, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    repository = await opened()
    key = (await repository.snapshot()).collections.get("runs/first").key
    monkeypatch.setattr(RegistryReader, "members", moving_after_read(repository, key))
    if not guarded:
        repository.answers = CarelessAnswers(repository.keeper.generations)
    warming = Warming(repository, WarmRequest(["runs/first"], ["bias"]))
    outcome = await warming.run()
    assert outcome.counts["datasets"] > 0
    stored = outcome.counts["stored"]
    assert (stored == 0) is guarded


async def test_write_to_an_earlier_page_loses_only_what_depends_on_it(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move between two collections of a path is a move before neither's page."""
    repository = await opened()
    snapshot = await repository.snapshot()
    first = snapshot.collections.get("runs/first")
    moved: list[object] = []

    async def members(self: RegistryReader, *args: Any, **options: Any) -> object:
        if args[1] != first.key and not moved:
            moved.append(args[1])
            repository.answers.generations.move([collection(first.key)])
        return await MEMBERS(self, *args, **options)

    monkeypatch.setattr(RegistryReader, "members", members)
    outcome = await Warming(
        repository, WarmRequest(["chain/deep"], ["bias"]), page_size=100
    ).run()
    assert moved
    lost_by_data_id = outcome.counts["lost"]
    assert lost_by_data_id > 0
    assert outcome.counts["stored"] > 0
