"""All that a direct Butler can change is named, and a rollback names nothing."""

from asyncio import to_thread
from pathlib import Path

import pytest
from lsst.daf.butler import Butler

from butlery.registry import load_repository_config
from butlery.registry.watch import Periods, Unequipped, Watcher, install
from tests.coherence.writer.given import (
    CAMERA,
    DETECTOR,
    put,
    register_run,
    register_type,
    write,
)
from tests.support.repositories import RepositoryShelf

from .calls import all_calls
from .dumps import Tables, changes_between
from .hearing import Hearing

_FAST = Periods(fence_seconds=0.02, alive_seconds=0.2)

pytestmark = pytest.mark.anyio


async def test_union_of_what_is_named_covers_every_row_that_changed(
    any_root: Path, repositories: RepositoryShelf, tmp_path: Path
) -> None:
    config = load_repository_config(str(any_root))
    await install(config)
    source = repositories.copy("base")
    _, stored = put("w_known", "w/source", DETECTOR)
    write(source, [register_run("w/source"), register_type("w_known", *CAMERA), stored])
    tables = Tables(config)
    missed: dict[str, list[str]] = {}
    with Butler.from_config(str(any_root), writeable=True) as butler:
        async with Hearing(Watcher(config, periods=_FAST), any_root) as hearing:
            before = tables.dump()
            for label, call in all_calls(tmp_path, source):
                begin = len(hearing.events)
                await to_thread(call, butler)
                named = await hearing.settle(begin)
                after = tables.dump()
                if lost := changes_between(before, after).missed_by(named):
                    missed[label] = lost
                assert not named.everything, label
                before = after
    assert not missed
    assert not [e for e in hearing.events if isinstance(e, Unequipped)]


async def test_what_is_rolled_back_is_not_named(root: Path) -> None:
    config = load_repository_config(str(root))
    await install(config)
    write(root, [register_run("w/run"), register_type("w_known", *CAMERA)])
    _, stored = put("w_known", "w/run", DETECTOR)
    async with Hearing(Watcher(config, periods=_FAST), root) as hearing:
        await hearing.settle()
        begin = len(hearing.events)
        command = {"do": "transaction", "commands": [stored], "fail": True}
        await to_thread(write, root, [command])
        named = await hearing.settle(begin)
    assert not named.collections
    assert not named.new_datasets


async def test_statements_that_touch_no_row_are_not_named(root: Path) -> None:
    config = load_repository_config(str(root))
    await install(config)
    write(root, [register_run("w/run")])
    async with Hearing(Watcher(config, periods=_FAST), root) as hearing:
        await hearing.settle()
        begin = len(hearing.events)
        await to_thread(write, root, [register_run("w/run")])
        named = await hearing.settle(begin)
    assert not named.definitions
