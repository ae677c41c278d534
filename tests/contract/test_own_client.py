"""Our client says what the stock client says, of our server and of the stock one.

What the stock client cannot read of the stock server (texts with line ends of Unicode)
is what a direct Butler says.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler import Butler

from benchmarks.serving.servers import LABEL, stock
from butlery import client
from tests.contract.questions import about_everything
from tests.contract.sides import Call, Failure, outcome
from tests.support.repositories import DATA_SETS, Dialect, RepositoryShelf
from tests.support.servers import ButleryServer

_SOAK = bool(os.environ.get("BUTLERY_SOAK"))
_DATA_SETS = DATA_SETS if _SOAK else ("base", "lsstcam")
_DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql") if _SOAK else ("sqlite",)


@contextmanager
def _ours(root: Path, log: Path) -> Iterator[str]:
    del log
    server = ButleryServer.start(root)
    try:
        yield server.repository_url()
    finally:
        server.stop()


@contextmanager
def _stock(root: Path, log: Path) -> Iterator[str]:
    with stock(root, log) as server:
        yield f"{server.url}/api/butler/repo/{LABEL}"


@pytest.mark.parametrize("serve", [_ours, _stock])
@pytest.mark.parametrize("data_set", _DATA_SETS)
@pytest.mark.parametrize("dialect", _DIALECTS)
def test_every_question_has_the_same_answer(
    serve: Any,
    data_set: str,
    dialect: Dialect,
    repositories: RepositoryShelf,
    tmp_path: Path,
) -> None:
    root = repositories.get(data_set, dialect)
    with (
        serve(root, tmp_path) as address,
        Butler.from_config(str(root)) as direct,
        Butler.from_config(address) as theirs,
        client.Butler(address) as ours,
        _awaited(address) as awaited,
    ):
        everything = theirs.query_all_datasets("*", find_first=False, limit=None)
        refs = sorted({*everything}, key=lambda ref: ref.id)
        differences = []
        for question in about_everything(theirs, refs if _SOAK else refs[::11]):
            expected, got = outcome(question, theirs), outcome(question, ours)
            if isinstance(expected, Failure) and expected.kind == "ValidationError":
                expected = outcome(question, direct)
            differences += [
                f"{question}\n  {expected}\n  {each}"
                for each in (got, outcome(awaited, question))
                if not _are_alike(expected, each)
            ]
    assert not differences, "\n\n".join(differences[:25])


@contextmanager
def _awaited(address: str) -> Iterator[Callable[[Call], Any]]:
    """Put questions to the asynchronous client."""
    with asyncio.Runner() as runner:
        butler = client.AsyncButler(address)
        runner.run(butler.open())
        yield lambda question: runner.run(question(butler))
        runner.run(butler.close())


def _are_alike(expected: Any, got: Any) -> bool:
    # Each client has words of its own for what it finds out by itself.
    if isinstance(expected, Failure) and isinstance(got, Failure):
        return (expected.kind, expected.status) == (got.kind, got.status)
    return bool(expected == got)
