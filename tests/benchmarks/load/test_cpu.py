import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.load import cpu

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")


@needs_proc
def test_time_of_workers_counts() -> None:
    before = cpu.tree_cpu_seconds(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\n"
    with subprocess.Popen(
        [sys.executable, "-c", burn + "input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        running = cpu.tree_cpu_seconds(os.getpid())
        worker.communicate(b"\n")
    reaped = cpu.tree_cpu_seconds(os.getpid())
    assert before is not None
    assert running is not None
    assert reaped is not None
    assert running - before > 0.15
    assert reaped - before > 0.15


@needs_proc
def test_process_that_has_ended_has_no_time() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert cpu.tree_cpu_seconds(ended.pid) is None


def test_system_without_proc_has_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "_PROC", tmp_path / "proc")
    assert cpu.tree_cpu_seconds(os.getpid()) is None
