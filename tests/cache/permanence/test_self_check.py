"""Whatever is edited behind our back is found, unmarked, and right afterwards."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from butlery.cache import Pace, Policies, Policy, PolicyRule, Repository
from butlery.cache.permanence import SelfCheck
from butlery.cache.policies import Thing
from butlery.protocol.dimensions import RequestDataId
from tests.cache.bus.media import until
from tests.registry.opening import OwnRepository, open_repository

pytestmark = pytest.mark.anyio

EVERYTHING = Policies((PolicyRule(Policy.PERMANENT, ["*"], ["*"], ["*"]),))
FAST = Pace(share=1.0)
SLOW = Pace(share=1e-9)
"""Of the check that runs by itself: it never gets beyond its first page."""
BIAS: RequestDataId = {"instrument": "Cam1", "detector": 3}
RUN = "(SELECT collection_id FROM collection WHERE name = '{}')"
OF_FILES = (
    "WHERE dataset_id IN (SELECT id FROM dataset"
    f" WHERE run_id = {RUN.format('files/run')})"
)
ID = 9_000_000

CONTENTS: dict[str, tuple[Thing, str]] = {
    "file moved": (
        ("collection", "files/run"),
        f"UPDATE file_datastore_records SET path = path || '.new' {OF_FILES}",
    ),
    "file re-written": (
        ("collection", "files/run"),
        f"UPDATE file_datastore_records SET file_size = 5 {OF_FILES}",
    ),
    "untagged": (
        ("collection", "tagged/some"),
        "DELETE FROM {tags} WHERE collection_id = " + RUN.format("tagged/some"),
    ),
    "validity ended": (("collection", "calib/main"), "{shorten}"),
    "uncertified": (
        ("collection", "calib/main"),
        "DELETE FROM {calibs} WHERE collection_id = " + RUN.format("calib/main"),
    ),
    "visit changed": (("dimension", "visit"), "UPDATE visit SET exposure_time = 17"),
    "dataset removed": (
        ("collection", "runs/second"),
        f"DELETE FROM dataset WHERE run_id = {RUN.format('runs/second')}",
    ),
}
DEFINITIONS: dict[str, tuple[Thing, str]] = {
    "chain changed": (
        ("collection", "chain/outer"),
        f"DELETE FROM collection_chain WHERE parent = {RUN.format('chain/outer')}",
    ),
    "collection made anew": (
        ("collection", "tagged/none"),
        f"UPDATE collection SET collection_id = {ID} WHERE name = 'tagged/none'",
    ),
    "detector changed": (("dimension", "detector"), "UPDATE detector SET purpose='X'"),
    "type re-defined": (
        ("dataset type", "bias"),
        "UPDATE dataset_type SET storage_class = 'Other' WHERE name = 'bias'",
    ),
}


def spelled(own: OwnRepository, sql: str) -> str:
    """Fill in names that differ from one repository to the other."""
    columns = "tag_association_table, calibration_association_table"
    (names,) = own.rows(f"SELECT {columns} FROM dataset_type WHERE name = 'bias'")
    tags, calibs = names
    half = (
        f"UPDATE {calibs} SET timespan_end = timespan_end - 1000000"
        if own.postgres is None
        else f"UPDATE {calibs} SET timespan ="
        " int8range(lower(timespan), upper(timespan) - 1000000)"
    )
    return sql.format(tags=tags, calibs=calibs, shorten=half)


async def opened(
    own: OwnRepository, stack: AsyncExitStack, folder: Path, **options: Any
) -> Repository:
    return await open_repository(
        stack,
        own.root,
        policies=EVERYTHING,
        pace=SLOW,
        state_directory=folder,
        **options,
    )


async def edit(own: OwnRepository, sql: str) -> None:
    """Edit the database; beside the event loop, for a check may be reading it."""
    await asyncio.to_thread(own.execute, sql)


def checker(repository: Repository) -> SelfCheck:
    """Return a check that looks when it is told to."""
    return SelfCheck(repository.keeper, repository.permanence, FAST)


def unmarked(repository: Repository) -> set[Thing]:
    return set(repository.permanence.policies.unmarked)


@pytest.fixture
def quiet() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def test_changed_contents_are_found_and_remembered(
    own_repository: OwnRepository,
    closing_stack: AsyncExitStack,
    tmp_path: Path,
    quiet: list[Any],
) -> None:
    repository = await opened(own_repository, closing_stack, tmp_path)
    for thing, sql in CONTENTS.values():
        check = checker(repository)
        await check.check_contents()
        await check.check_contents()
        assert unmarked(repository) == set()
        await edit(own_repository, spelled(own_repository, sql))
        await check.check_contents()
        assert thing in unmarked(repository)
        assert thing in [
            (e["kind"], e["name"]) for e in quiet if e["log_level"] == "error"
        ]
        again = await opened(own_repository, closing_stack, tmp_path)
        assert unmarked(again) == unmarked(repository)
        repository.permanence.mark(unmarked(repository))


async def test_changed_definition_is_found_and_remembered(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    repository = await opened(own_repository, closing_stack, tmp_path)
    for thing, sql in DEFINITIONS.values():
        check = checker(repository)
        await check.check_definitions()
        await check.check_definitions()
        assert unmarked(repository) == set()
        await edit(own_repository, sql)
        await check.check_definitions()
        assert thing in unmarked(repository)
        again = await opened(own_repository, closing_stack, tmp_path)
        assert thing in unmarked(again)
        repository.permanence.mark(unmarked(repository))


async def find(repository: Repository) -> object:
    found = await repository.find_dataset("bias", BIAS, {}, ["runs/second"], None)
    return found and found.id


async def test_answers_are_right_after_it_was_found(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    repository = await opened(own_repository, closing_stack, tmp_path)
    check = checker(repository)
    await check.check_contents()
    old = await find(repository)
    assert old is not None
    await edit(own_repository, CONTENTS["dataset removed"][1])
    assert await find(repository) == old  # it was said to be permanent
    await check.check_contents()
    assert await find(repository) is None


async def test_what_was_kept_before_the_first_digest_is_read_again(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    repository = await opened(own_repository, closing_stack, tmp_path)
    assert await find(repository) is not None
    await edit(own_repository, CONTENTS["dataset removed"][1])
    kept = repository.answers.keys()
    await checker(repository).check_contents()
    assert all(repository.answers.find(key, doubted=True) for key in kept)
    assert not any(repository.answers.find(key) for key in kept)
    assert await find(repository) is None
    assert unmarked(repository) == set()


async def test_operator_gives_the_mark_back(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    thing: Thing = ("collection", "runs/second")
    repository = await opened(own_repository, closing_stack, tmp_path)
    check = checker(repository)
    await check.check_contents()
    await edit(own_repository, CONTENTS["dataset removed"][1])
    await check.check_contents()
    repository.settle({thing}, marks=True)
    check.forget([thing])
    await check.check_contents()
    await check.check_contents()
    assert thing not in unmarked(repository)
    again = await opened(own_repository, closing_stack, tmp_path)
    assert thing not in unmarked(again)


async def test_what_one_process_finds_the_others_learn(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    thing: Thing = ("collection", "runs/second")
    one = await opened(own_repository, closing_stack, tmp_path)
    other = await opened(own_repository, closing_stack, tmp_path)
    one.permanence.unmark([thing], "a test")
    await checker(other).check_definitions()
    assert unmarked(other) == {thing}


async def test_what_a_watcher_names_is_not_permanent(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    repository = await opened(own_repository, closing_stack, tmp_path)
    snapshot = await repository.snapshot()
    repository.keeper.named(
        [snapshot.collections.get("runs/second").key, "unknown"], ["visit"]
    )
    assert unmarked(repository) == {
        ("collection", "runs/second"),
        ("dimension", "visit"),
    }


async def test_check_runs_by_itself(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    pace = Pace(definitions_seconds=0.5, contents_seconds=0.5, share=0.5)
    repository = await open_repository(
        closing_stack,
        own_repository.root,
        policies=EVERYTHING,
        pace=pace,
        state_directory=tmp_path,
    )
    await until(lambda: repository.self_check.passes > 1, 20)
    await edit(own_repository, CONTENTS["dataset removed"][1])
    await until(lambda: ("collection", "runs/second") in unmarked(repository), 20)
