"""What the triggers cost a writer; the ratios are printed (``pytest -s``).

Limits are wide, because other work disturbs the clock: they catch a plan that reads a
whole table, or a message per row.
"""

from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from lsst.daf.butler import Butler, DatasetRef, FileDataset

from butlery.registry import load_repository_config
from butlery.registry.watch import install, remove
from tests.coherence.writer.given import register_run, register_type, write

pytestmark = pytest.mark.anyio

_ROUNDS = 3
_GROUPS = ("group", "exposure", "visit", "physical_filter", "day_obs", "band")


async def test_large_writes_are_hardly_slower(
    root: Path, tmp_path: Path, *, soak: bool
) -> None:
    size = 50_000 if soak else 1_000
    config = load_repository_config(str(root))
    types = [register_type(f"w_{g}", "instrument", "detector", g) for g in _GROUPS]
    write(root, [*types, register_type("w_many", "instrument", "group")])
    _insert_groups(root, size)
    timings: dict[str, dict[bool, list[float]]] = {}
    for number in range(2 * _ROUNDS):
        equipped = bool(number % 2)
        await (install if equipped else remove)(config)
        run = f"w/run{number}"
        write(root, [register_run(run)])
        found = await to_thread(_time_a_life, root, tmp_path, run, size)
        for label, seconds in found.items():
            by_kind = timings.setdefault(label, {False: [], True: []})
            by_kind[equipped].append(seconds)
    for label, by_kind in timings.items():
        plain, watched = median(by_kind[False]), median(by_kind[True])
        print(  # noqa: T201 - the report that the module promises
            f"\n{label} of {size}: {plain:.3f} s, watched {watched:.3f} s,"
            f" ratio {watched / plain:.3f}"
        )
        assert watched < 3 * plain + 0.5


def _time_a_life(root: Path, directory: Path, run: str, size: int) -> dict[str, float]:
    path = directory / "one.yaml"
    path.write_text("{}")
    with Butler.from_config(str(root), writeable=True) as butler:
        type_ = butler.get_dataset_type("w_many")
        expanded = butler.registry.queryDataIds(["group"], instrument="Cam1").expanded()
        refs = [
            DatasetRef(type_, data_id, run=run)
            for data_id in expanded
            if str(data_id["group"]).startswith("w")
        ]
        assert len(refs) == size
        dataset = FileDataset(str(path), refs)
        return {
            "ingest": _time(lambda: butler.ingest(dataset, transfer="direct")),
            "purge": _time(
                lambda: butler.pruneDatasets(refs, purge=True, unstore=True)
            ),
        }


def _insert_groups(root: Path, size: int) -> None:
    with Butler.from_config(str(root), writeable=True) as butler:
        rows = [{"instrument": "Cam1", "name": f"w{n}"} for n in range(size)]
        butler.registry.insertDimensionData("group", *rows)


def _time(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin
