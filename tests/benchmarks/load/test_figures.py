import math

import pytest

from benchmarks.load.figures import Figures, percentile, summarise


def figures(latencies: list[float], errors: int = 0) -> Figures:
    return summarise(
        latencies,
        answered=len(latencies),
        connections=4,
        errors=errors,
        seconds=2.0,
        generator_cpu_seconds=0.5,
        server_cpu_seconds=1.0,
    )


def test_percentiles_are_by_nearest_rank() -> None:
    hundred = range(1, 101)
    assert [percentile(hundred, p) for p in (0, 1, 50, 99, 100)] == [1, 1, 50, 99, 100]
    assert percentile([10, 20, 30], 50) == 20
    assert percentile([10, 20, 30], 99) == 30
    assert percentile([10], 1) == 10
    assert percentile([], 50) == math.inf


def test_latencies_may_come_in_any_order() -> None:
    result = figures([number / 1000 for number in range(1000, 0, -1)], errors=3)
    assert result.p50_ms == pytest.approx(500)
    assert result.p99_ms == pytest.approx(990)
    assert (result.requests, result.errors) == (1000, 3)
    assert result.requests_per_second == 500


def test_cpu_time_is_per_request() -> None:
    result = figures([0.001] * 1000)
    assert result.server_cpu_us == pytest.approx(1000)
    assert result.generator_cpu_us == pytest.approx(500)
    assert result.generator_busy == pytest.approx(0.25)
    assert result.generator_limit == pytest.approx(2000)


def test_run_without_an_answer_has_figures_too() -> None:
    assert figures([], errors=5).requests_per_second == 0
