"""Where a third of all requests is lost, every result is that of a server that is well.

Nothing is partial, and nothing is missing; without the check of lengths the same calls
give something else.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from butlery.client import AsyncButler, Butler, DatasetRef
from butlery.client.connection.http1.answers import Answer
from butlery.client.files.transfer import Transfer
from tests.support.flaky_proxy import FlakyProxy
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

LOST = 0.3
AT_ONCE = 12
RUNS = ["files/run", "files/zipped"]

Use = Callable[[Any], Any]


class Scene(NamedTuple):
    server: ButleryServer
    refs: list[DatasetRef]
    plain: list[DatasetRef]


@pytest.fixture(scope="module")
def scene(repositories: RepositoryShelf) -> Iterator[Scene]:
    server = ButleryServer.start(repositories.get("base"))
    with server.butler() as stock:
        ids = [
            ref.id
            for kind in stock.registry.queryDatasetTypes()
            for ref in stock.query_datasets(kind, RUNS, explain=False)
        ]
    with Butler(server.repository_url()) as butler:
        refs = sorted(butler.get_many_datasets(ids))
    plain = [r for r in refs if r.datasetType.storageClass_name.startswith("Str")]
    yield Scene(server, refs, plain)
    server.stop()


def _calls(scene: Scene, count: int, folder: Path) -> list[Use]:
    """Return functions that use either client, each of which returns what it found."""
    chance = random.Random(count)
    calls: list[Use] = []
    for number in range(count):
        refs = chance.sample(scene.refs, 2)
        plain = chance.sample(scene.plain, 4)
        calls.append(chance.choice(_uses(refs, plain, folder / str(number))))
    return calls


def _uses(refs: list[DatasetRef], plain: list[DatasetRef], place: Path) -> list[Use]:
    ref = refs[0]
    kind, data_id = ref.datasetType, ref.dataId
    many = [data_id, {**data_id, "instrument": "Cam9"}] * 20
    return [
        lambda b: b.find_dataset(kind, data_id, collections=ref.run),
        lambda b: b.get_dataset(ref.id, dimension_records=True),
        lambda b: b.find_many(kind, many, collections=ref.run),
        lambda b: b.get(plain[0]),
        lambda b: b.get_many(plain),
        lambda b: b.read_bytes(plain[0]),
        lambda b: b.download_many(refs, place),
        lambda b: b.collections.query_info("*", include_doc=True),
    ]


def _use(butler: Butler, call: Use) -> Any:
    found = call(butler)
    return _plain(list(found) if hasattr(found, "__next__") else found)


async def _use_async(butler: AsyncButler, call: Use) -> Any:
    found = call(butler)
    if hasattr(found, "__anext__"):
        return _plain([each async for each in found])
    return _plain(await found)


def _plain(found: Any) -> Any:
    """Return what can be compared: of downloads, all that is in their folder."""
    if isinstance(found, list) and found and hasattr(found[0], "is_new"):
        paths = sorted(each.path for each in found)
        beside = [len(list(path.parent.iterdir())) for path in paths]
        return [path.name for path in paths], [p.read_bytes() for p in paths], beside
    return found


def _through(scene: Scene, calls: list[Use], port: int) -> list[Any]:
    url = f"http://127.0.0.1:{port}/api/butler/repo/{scene.server.label}"
    with Butler(url) as butler, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda call: _use(butler, call), calls))


async def _through_async(scene: Scene, calls: list[Use], port: int) -> list[Any]:
    url = f"http://127.0.0.1:{port}/api/butler/repo/{scene.server.label}"
    turns = asyncio.Semaphore(AT_ONCE)
    async with AsyncButler(url) as butler:

        async def one(call: Use) -> Any:
            async with turns:
                return await _use_async(butler, call)

        return await asyncio.gather(*(one(call) for call in calls))


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "asynchronous"])
def test_every_result_is_that_of_a_server_that_is_well(
    scene: Scene, tmp_path: Path, *, soak: bool, is_async: bool
) -> None:
    count = 1_000 if soak else 150
    expected = _through(
        scene, _calls(scene, count, tmp_path / "well"), scene.server.port
    )
    calls = _calls(scene, count, tmp_path / "flaky")

    with FlakyProxy.started(scene.server.port, LOST, seed=count) as proxy:
        if is_async:
            found = asyncio.run(_through_async(scene, calls, proxy.port))
        else:
            found = _through(scene, calls, proxy.port)

    assert found == expected
    assert min(proxy.faults[f] for f in ("drop", "reset", "truncate", "busy")) > 5


def test_without_the_check_of_lengths_results_are_partial(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def believe(*_: Any) -> None:
        """Take every end for the right one."""

    monkeypatch.setattr(Answer, "end", believe)
    monkeypatch.setattr(Transfer, "finish", believe)
    refs = scene.plain * 2
    with Butler(scene.server.repository_url()) as butler:
        expected = [butler.read_bytes(ref) for ref in refs]

    wrong = 0
    with FlakyProxy.started(scene.server.port, LOST, seed=1) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/api/butler/repo/{scene.server.label}"
        for ref, whole in zip(refs, expected, strict=True):
            try:
                with Butler(url) as butler:
                    wrong += butler.read_bytes(ref) != whole
            except Exception:  # noqa: BLE001 - half of a document makes no sense
                wrong += 1

    assert wrong > 0
