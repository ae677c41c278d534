"""The benchmark of queries still runs, and memory is flat; its times mean nothing."""

import pytest

from benchmarks.queries.lookups import Options
from benchmarks.queries.run import Report, run
from benchmarks.serving.servers import STOCK

_MOST_MB = 20.0


@pytest.fixture(scope="module")
def rows(*, soak: bool) -> int:
    return 1_000_000 if soak else 60_000


@pytest.fixture(scope="module")
def report(rows: int) -> Report:
    options = Options(seconds=0.5, turns=1, connections=2, workers=1)
    return run(options, rows, lambda _: None)


def test_every_row_comes_from_both_servers(report: Report, rows: int) -> None:
    assert [each.name for each in report.streams] == [
        *("Butlery", "Butlery, job, jsonl", "Butlery, job, parquet", STOCK)
    ]
    assert len({each.rows for each in report.streams}) == 1
    assert report.streams[0].rows >= rows


def test_web_process_grows_by_less_than_20_mb_whatever_the_answer(
    report: Report,
) -> None:
    for each in report.streams[:-1]:
        assert each.web_peak - each.web_before < _MOST_MB, each


def test_web_process_does_not_grow_for_a_client_that_takes_nothing(
    report: Report,
) -> None:
    assert report.stalled < _MOST_MB


def test_lookups_are_answered_while_all_workers_are_busy(report: Report) -> None:
    lookups = report.tables[0]
    assert [row[0] for row in lookups.rows] == [
        "idle",
        "waiting for the database",
        "sending rows",
    ]
    assert {row[-1] for row in lookups.rows} == {"0"}
