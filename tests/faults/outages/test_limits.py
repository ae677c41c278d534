"""Ten times more keys than may be kept: limits hold, and memory does not grow."""

import time
from collections.abc import Callable

import pytest

from tests.coherence.watching.requests import find
from tests.faults.conftest import Report
from tests.faults.outages.stage.load import load
from tests.faults.outages.stage.metrics import answers_kept, bytes_kept
from tests.faults.outages.stage.place import Place, configure, serving
from tests.faults.outages.stage.process import memory_megabytes
from tests.faults.outages.stage.stock import TYPE, data_id, user_chain
from tests.support.servers import ButleryServer

_ENTRIES = 100
_BYTES = 120_000
_KEYS = [(user, detector) for user in range(2) for detector in range(500)]
_TOLERANCE = 1.01
_MOST_GROWTH_MEGABYTES = 4.0


@pytest.mark.parametrize(
    ("name", "limit", "kept"),
    [("entries", _ENTRIES, answers_kept), ("bytes", _BYTES, bytes_kept)],
)
def test_limits_hold_and_memory_does_not_grow(
    release: Place,
    name: str,
    limit: int,
    kept: Callable[[ButleryServer], float],
    *,
    soak: bool,
    report: Report,
) -> None:
    config = configure(release.seen_as_reader(), limits={name: limit})
    requests = [find(TYPE, data_id(n), user_chain(user)) for user, n in _KEYS]
    seconds = 300 if soak else 2.5
    found: list[float] = []
    memory: list[float] = []
    with serving(config) as server, load(server, requests, pause_seconds=0) as asked:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found.append(kept(server))
            memory.append(memory_megabytes(server))
            time.sleep(seconds / 40)
    assert set(asked.statuses()) == {200}
    assert 0.95 * limit <= max(found) <= _TOLERANCE * limit
    half, last = memory[len(memory) // 2], memory[-1]
    assert last - half <= _MOST_GROWTH_MEGABYTES
    report(
        f"{len(asked.replies)} answers for {len(requests)} keys, at most"
        f" {max(found):.0f} {name} of {limit} kept; memory {memory[0]:.1f},"
        f" {half:.1f}, {last:.1f} MB at the beginning, half-way and at the end"
    )
