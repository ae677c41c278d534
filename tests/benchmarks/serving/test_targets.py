"""A figure is reached, missed, or only recorded."""

from benchmarks.load.figures import Figures
from benchmarks.serving.outcome import Report
from benchmarks.serving.rounds import Contest
from benchmarks.serving.servers import (
    ASGI,
    COLD,
    GUARDED,
    INDEXED,
    LITESTAR,
    STOCK,
    TWO_WORKERS,
    WARM,
)
from benchmarks.serving.targets import targets
from benchmarks.serving.workload import BATCH


def figures(rate: float, p99_ms: float = 2.0) -> Figures:
    return Figures(16, round(rate), 0, 1.0, rate, 1.0, p99_ms, 10, 100)


def reached(
    *,
    stock: float = 10,
    litestar: float = 3000,
    p99_ms: float = 2,
    cold_sql: float = 1,
    batches: float = 60,
    guarded: float = 2400,
) -> dict[str, bool | None]:
    ours, empty = figures(2500, p99_ms), figures(litestar)
    turn = {WARM.name: ours, STOCK: figures(stock), LITESTAR: empty, ASGI: empty}
    cold = {COLD.name: figures(150), STOCK: figures(stock)}
    workers = {TWO_WORKERS.name: figures(4000), WARM.name: ours}
    rights = {GUARDED.name: figures(guarded), WARM.name: ours}
    report = Report(
        16,
        [Contest("find_dataset", 16, [turn])],
        [Contest("find_dataset", 16, [cold])],
        [Contest("find_dataset", 64, [workers])],
        [Contest("find_dataset", 16, [rights])],
        [],
        [Contest(BATCH, 1, [{INDEXED.name: figures(batches)}])],
        {WARM.name: {"find_dataset": 0}, COLD.name: {"find_dataset": cold_sql}},
        {"find_dataset": 1},
    )
    return {target.what: target.reached for target in targets(report)}


def test_figures_that_are_reached() -> None:
    answers = reached()
    assert {what for what, answer in answers.items() if answer is False} == set()


def test_figures_that_are_missed() -> None:
    answers = reached(
        stock=20,
        litestar=9000,
        p99_ms=11,
        cold_sql=1.5,
        batches=40,
        guarded=2200,
    )
    missed = {what for what, answer in answers.items() if answer is False}
    assert missed == {
        what for what, answer in answers.items() if answer is not None
    } - {"SQL statements of a warm lookup"}


def test_what_is_only_recorded_is_neither() -> None:
    recorded = {what for what, answer in reached().items() if answer is None}
    assert "find_dataset at 64 connections, 1 to 2 workers: rate" in recorded
