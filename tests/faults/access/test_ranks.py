"""The rank test finds what differs, and seldom what does not."""

import random

import pytest

from tests.faults.access.stage.ranks import holm, rank_test


def test_equal_distributions_are_found_different_as_seldom_as_promised() -> None:
    chance = random.Random(1)
    found = 0
    for _ in range(400):
        one, two = ([chance.expovariate(1) for _ in range(60)] for _ in range(2))
        found += rank_test(one, two) < 0.05
    assert 8 <= found <= 34


def test_shift_is_found_behind_long_tails() -> None:
    chance = random.Random(2)
    one, two = ([chance.paretovariate(1.2) for _ in range(2000)] for _ in range(2))
    assert rank_test(one, two) > 0.01
    assert rank_test(one, [each * 1.15 for each in two]) < 1e-6


def test_ties_alone_are_no_difference() -> None:
    assert rank_test([1.0] * 50, [1.0] * 50) == 1.0
    assert rank_test([1, 2, 2, 3] * 20, [3, 2, 2, 1] * 20) == pytest.approx(1, abs=0.01)


def test_holm_corrects_for_how_many_there_are() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
