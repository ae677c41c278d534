"""From an empty PostgreSQL to figures: which servers meet, and over what.

What is to be measured besides (a server with another configuration, a request of
another shape) is one more function here, a `Variant` or an `Operation`, and one more
list of contests in the `Report`.
"""

import tempfile
from pathlib import Path

from .check import check_answers
from .lookups import sample_lookups
from .outcome import Options, Report
from .place import release
from .process import Server
from .rounds import Contest
from .servers import COLD, GUARDED, INDEXED, TWO_WORKERS, WARM
from .stage import Progress, Stage
from .workload import (
    FILE_BY_DATA_ID,
    FIND,
    LOOKUPS,
    Operation,
    compose,
    compose_batches,
)

_FEW = 20
"""Questions that are checked of a server that nothing has to be warmed in."""


def run(options: Options, progress: Progress) -> Report:
    """Measure Butlery and the others on a release built for the occasion.

    Raises
    ------
    WrongAnswerError
        If a server does not answer as the Butler does.
    """
    with tempfile.TemporaryDirectory(prefix="butlery-bench-") as folder:
        scratch = Path(folder)
        progress("building the release")
        with release(scratch, options.size) as place:
            progress("composing the questions")
            lookups = sample_lookups(place, options.questions)
            operations = [
                operation
                for operation in compose(lookups, options.size.users)
                if operation.name in options.operations
            ]
            stage = Stage(options, place, operations, scratch, progress)
            return _measure(stage, compose_batches(lookups))


def _measure(stage: Stage, batches: Operation) -> Report:
    with stage.stock() as stock:
        stage.check(stock, _FEW)
        stage.count(stock)
        with stage.butlery(WARM) as ours:
            answers = stage.check(ours)
            stage.count(ours)
            warm = _warm(stage, ours, stock, answers)
            workers = _two_workers(stage, ours)
            guarded = _guarded(stage, ours)
        cold = _cold(stage, stock)
        with stage.butlery(INDEXED) as indexed:
            through_index = _indexed(stage, indexed, stock)
            check_answers(indexed.url, batches.questions)
            in_batches = [stage.contest([indexed], batches, 1)]
    return Report(
        stage.options.compared,
        warm,
        cold,
        workers,
        guarded,
        through_index,
        in_batches,
        stage.statements,
        {o.name: len(o.questions) for o in stage.operations},
    )


def _warm(
    stage: Stage, ours: Server, stock: Server, answers: dict[str, bytes]
) -> list[Contest]:
    """Load Butlery with everything it was asked before, beside all others."""
    options = stage.options
    every = [operation.name for operation in stage.operations]
    with stage.floors(answers) as floors:
        everybody = [ours, stock, *floors]
        found = stage.contests(everybody, LOOKUPS, options.compared)
    others = set(every) - set(LOOKUPS)
    found += stage.contests([ours, stock], others, options.compared)
    for connections in options.connections:
        if connections != options.compared:
            found += stage.contests([ours, stock], every, connections)
    return found


def _indexed(stage: Stage, indexed: Server, stock: Server) -> list[Contest]:
    """Load a Butlery that looks everything up in its release index."""
    stage.check(indexed)
    stage.count(indexed)
    return stage.contests([indexed, stock], LOOKUPS, stage.options.compared)


def _cold(stage: Stage, stock: Server) -> list[Contest]:
    """Load a Butlery that keeps nothing, beside the stock server."""
    with stage.butlery(COLD) as cold:
        stage.check(cold, _FEW)
        stage.count(cold)
        asked = (FIND, FILE_BY_DATA_ID)
        return stage.contests([cold, stock], asked, stage.options.compared)


def _guarded(stage: Stage, ours: Server) -> list[Contest]:
    """Load a warm Butlery that asks who somebody is, beside one that does not."""
    with stage.butlery(GUARDED) as guarded:
        stage.check(guarded)
        return stage.contests([guarded, ours], LOOKUPS, stage.options.compared)


def _two_workers(stage: Stage, one: Server) -> list[Contest]:
    """Load two workers and one, with as many connections as there are."""
    connections = max(stage.options.connections)
    with stage.butlery(TWO_WORKERS) as two:
        # A worker keeps answers for itself: each must have been asked everything.
        stage.contests([two], (FIND,), connections)
        return stage.contests([two, one], (FIND,), connections)
