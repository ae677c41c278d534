"""From a repository to figures: start, check, load, compare."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from .check import check_answers
from .rounds import Comparison, Measured, compare, measure_all
from .servers import LABEL, Server, build_demo, butlery, floor
from .workload import Operation, learn

COMPARED = "find_dataset"
"""The operation that the floor imitates."""


class Options(msgspec.Struct, frozen=True):
    """What to measure, and for how long."""

    seconds: float = 3.0
    """Of every round."""
    turns: int = 5
    """Of server and floor."""
    operations: tuple[str, ...] = ()
    """Only these, or all."""
    repository: Path | None = None
    """An existing one instead of a demo built for the occasion."""
    running: Server | None = None
    """A server that somebody else has started on ``repository``."""
    label: str = LABEL


class Report(msgspec.Struct, frozen=True):
    """All that one run found out."""

    measured: list[Measured]
    comparison: Comparison | None
    questions: dict[str, int]
    """How many different ones each operation was measured with."""


def run(options: Options, progress: Callable[[str], None]) -> Report:
    """Measure a server on the demo repository, or the one that ``options`` name.

    Raises
    ------
    WrongAnswerError
        If the server does not answer as the Butler does.
    """
    with tempfile.TemporaryDirectory(prefix="butlery-bench-") as folder:
        scratch = Path(folder)
        repository = options.repository or _demo(scratch, progress)
        operations = _choose(learn(repository, options.label), options.operations)
        with _server(options, repository, scratch) as server:
            return _measure(server, operations, options, scratch, progress)


def _measure(
    server: Server,
    operations: list[Operation],
    options: Options,
    scratch: Path,
    progress: Callable[[str], None],
) -> Report:
    answers = {o.name: check_answers(server.url, o) for o in operations}
    measured = []
    for result in measure_all(server, operations, options.seconds):
        progress(f"{result.operation} at {result.figures.connections} connections")
        measured.append(result)
    comparison = None
    for operation in operations:
        if operation.name == COMPARED:
            progress(f"{COMPARED} and the floor in turns")
            with floor(answers[COMPARED], scratch) as empty:
                comparison = compare(
                    server, empty, operation, options.seconds, options.turns
                )
    return Report(measured, comparison, {o.name: len(o.questions) for o in operations})


def _demo(scratch: Path, progress: Callable[[str], None]) -> Path:
    progress("building the demo repository")
    build_demo(scratch / "demo")
    return scratch / "demo"


def _choose(operations: list[Operation], names: tuple[str, ...]) -> list[Operation]:
    unknown = set(names) - {operation.name for operation in operations}
    if unknown:
        raise ValueError(f"no such operation: {', '.join(sorted(unknown))}")
    # One without a question, for want of such datasets, cannot be measured.
    return [o for o in operations if o.questions and (not names or o.name in names)]


@contextlib.contextmanager
def _server(options: Options, repository: Path, scratch: Path) -> Iterator[Server]:
    if options.running is not None:
        yield options.running
    else:
        with butlery(repository, scratch) as server:
            yield server
