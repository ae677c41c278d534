"""The measurement itself works, at a size that says nothing."""

from pathlib import Path

from benchmarks.report.tables import as_markdown
from benchmarks.scale.datasets import all_datasets
from benchmarks.scale.measuring import Options, measure
from benchmarks.scale.plan import KINDS
from benchmarks.scale.tables import as_tables

TINY = Options(datasets=3000, small=600, tracts=3, releases=2, asked=200)


def test_every_number_is_measured(tmp_path: Path) -> None:
    steps: list[str] = []
    outcome = measure(TINY, tmp_path, steps.append)
    assert outcome.built.count == 3000
    assert outcome.records.count == 3 * 101
    assert outcome.times.bare > 0
    first, second = outcome.two
    assert first.mapped > first.share > 0  # they share the pages
    assert second.mapped > 0
    opened, used = outcome.releases
    assert used.mapped >= opened.mapped > 0
    assert not list(tmp_path.glob("large*"))
    assert "bytes per entry" in as_markdown(as_tables(outcome))
    assert len(steps) == 6


def test_datasets_are_unlike_each_other_and_the_same_every_time() -> None:
    runs = list(range(len(KINDS)))
    rows = [row for each in all_datasets(2000, runs) for row in each.rows()]
    assert len({row[1] for row in rows}) == len({row[3] for row in rows}) == 2000
    assert rows == [row for each in all_datasets(2000, runs) for row in each.rows()]
    images = [row[3] for row in rows if row[0] < 4]
    assert min(map(len, images)) > 200
