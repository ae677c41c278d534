"""The benchmarks still run: their figures at this length mean nothing."""

import subprocess
import sys
from pathlib import Path

from benchmarks.serving.run import Options, run

ROOT = Path(__file__).parents[2]


def test_every_layer_can_be_timed() -> None:
    subprocess.run(
        [sys.executable, "-m", "pytest", "benchmarks/layers", "--benchmark-disable"],
        cwd=ROOT,
        check=True,
    )


def test_server_and_floor_can_be_loaded(*, soak: bool) -> None:
    steps: list[str] = []
    names = () if soak else ("find_dataset",)
    report = run(Options(0.1, 1, names), steps.append)
    assert all(not measured.figures.errors for measured in report.measured)
    assert all(measured.figures.requests for measured in report.measured)
    assert len(report.measured) == 3 * len(report.questions) == (24 if soak else 3)
    assert report.comparison is not None
    assert report.comparison.rate_ratio > 0
    assert steps
