"""More than memory holds, in order."""

import random
from pathlib import Path

import pytest

from butlery.cache.index.building import sorting
from butlery.cache.index.building.sorting import Sorter


def items(count: int) -> list[bytes]:
    chance = random.Random(1)
    return [chance.randbytes(4) * 4 + b"%d" % chance.randrange(9) for _ in range(count)]


@pytest.mark.parametrize("held", [1, 7, 100, 10_000])
def test_everything_comes_once_and_in_order(tmp_path: Path, held: int) -> None:
    some = items(1500)
    some += some[:50]
    with Sorter(tmp_path, held) as sorter:
        for start in range(0, len(some), 3):
            sorter.extend(some[start : start + 3])
        assert list(sorter) == sorted(some)
    assert not list(tmp_path.iterdir())


def test_many_parts_become_larger_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_MOST_PARTS", 3)
    monkeypatch.setattr(sorting, "_PAGE", 2)
    some = items(500)
    with Sorter(tmp_path, 5) as sorter:
        for item in some:
            sorter.extend([item])
        open_parts = sum(map(len, sorter._parts.values()))
        assert list(sorter) == sorted(some)
    assert open_parts < 15  # of the hundred that were written


def test_nothing_sorted_is_nothing(tmp_path: Path) -> None:
    with Sorter(tmp_path, 5) as sorter:
        assert list(sorter) == []
