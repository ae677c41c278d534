"""The benchmarks still run: their figures at this length mean nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.release.size import TINY
from benchmarks.serving.outcome import Options, Report
from benchmarks.serving.plots import as_bars
from benchmarks.serving.run import run
from benchmarks.serving.servers import ASGI, COLD, LITESTAR, STOCK, TWO_WORKERS, WARM
from benchmarks.serving.tables import as_tables
from benchmarks.serving.workload import FILE, FIND, OPERATIONS

ROOT = Path(__file__).parents[2]


def test_every_layer_can_be_timed() -> None:
    subprocess.run(
        [sys.executable, "-m", "pytest", "benchmarks/layers", "--benchmark-disable"],
        cwd=ROOT,
        check=True,
    )


@pytest.fixture(scope="module")
def report(*, soak: bool) -> Report:
    return run(
        Options(
            seconds=0.3,
            turns=1,
            other_turns=1,
            connections=(2,),
            compared=2,
            operations=OPERATIONS if soak else (FIND, FILE),
            questions=5,
            counted=3,
            size=TINY,
        ),
        lambda _: None,
    )


def test_all_servers_answer_the_same_questions(report: Report) -> None:
    assert [c.servers for c in report.warm[:2]] == [
        [WARM.name, STOCK, LITESTAR, ASGI]
    ] * 2
    assert {tuple(c.servers) for c in report.cold} == {(COLD.name, STOCK)}
    assert [c.servers for c in report.workers] == [[TWO_WORKERS.name, WARM.name]]
    for contest in (*report.warm, *report.cold, *report.workers):
        for turn in contest.turns:
            assert all(f.requests and not f.errors for f in turn.values())


def test_postgresql_counts_the_statements_of_each_server(report: Report) -> None:
    counts = report.statements
    assert counts[STOCK][FIND] > 1
    assert (counts[WARM.name][FIND], counts[WARM.name][FILE]) == (0, 0)
    assert (counts[COLD.name][FIND], counts[COLD.name][FILE]) == (1, 1)


def test_report_can_be_shown(report: Report) -> None:
    titles = [table.title for table in as_tables(report)]
    assert titles[0] == "Figures to reach"
    assert all(table.rows for table in as_tables(report))
    assert set(as_bars(report)) == {"latency", "throughput"}
