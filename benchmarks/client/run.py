"""From an empty PostgreSQL to the figures of clients."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.release import plan
from benchmarks.release.size import Size
from benchmarks.report.tables import Table
from benchmarks.serving.place import BUTLERY_ROLE, Place, release
from benchmarks.serving.process import ROOT
from benchmarks.serving.servers import LABEL, TOKEN, WARM, butlery

from .tables import table_of_asking, table_of_batches, table_of_starting

Progress = Callable[[str], None]
Figures = dict[str, list[dict[str, float]]]

CLIENTS = ("ours", "async", "stock")
_TYPE = "visit_image"


def run(count: int, turns: int, progress: Progress) -> list[Table]:
    """Let the clients take turns with so many lookups; return tables of figures."""
    with tempfile.TemporaryDirectory(prefix="butlery-bench-") as folder:
        scratch = Path(folder)
        progress("building a release")
        with release(scratch, Size(visits=max(1, count // 9 + 1))) as place:
            asked = _ask_for(place, count, scratch)
            with butlery(WARM, place.seen_by(BUTLERY_ROLE), scratch) as server:
                url = f"{server.url}/api/butler/repo/{LABEL}"
                found: Figures = {client: [] for client in CLIENTS}
                for turn in range(turns):
                    for client in CLIENTS:
                        progress(f"turn {turn + 1} of {turns}: {client}")
                        found[client].append(_measure(client, url, asked))
    return [
        table_of_starting(found),
        table_of_asking(found, count),
        table_of_batches(found, count),
    ]


def _ask_for(place: Place, count: int, scratch: Path) -> Path:
    data_ids = [
        dataset.data_id
        for dataset in place.datasets
        if dataset.kind.name == _TYPE and not dataset.run.startswith("u/")
    ]
    file = scratch / "questions.json"
    questions = {"type": _TYPE, "collections": plan.RELEASE, "data_ids": data_ids}
    questions["data_ids"] = data_ids[:count]
    file.write_text(json.dumps(questions), encoding="utf-8")
    return file


def _measure(client: str, url: str, asked: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.client.asking", client, url]
    done = subprocess.run(  # noqa: S603 - this interpreter, our own module
        [*command, str(asked)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "BUTLER_RUBIN_ACCESS_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
