"""One open demo repository, and the lookups that every layer is timed with.

A benchmark times one pass over all lookups, so that no layer is measured with a
single key that every processor cache holds; the report divides by their number.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import pytest
import uvloop
from lsst.daf.butler import Butler
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.layers.datasets import Dataset, sample_datasets
from butlery.cache import Repository, Snapshot
from butlery.cli.demo import build_demo

T = TypeVar("T")
TimeEach: TypeAlias = Callable[[Callable[[T], object], Sequence[T]], None]
AwaitEach: TypeAlias = Callable[[Callable[[T], Awaitable[object]], Sequence[T]], None]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_demo(tmp_path_factory.mktemp("layers") / "demo").root


@pytest.fixture(scope="session")
def datasets(demo: Path) -> list[Dataset]:
    with Butler.from_config(str(demo)) as butler:
        return sample_datasets(butler, random.Random(1))


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture(scope="session")
def repository(demo: Path, runner: asyncio.Runner) -> Iterator[Repository]:
    repository = Repository.from_uri("demo", str(demo))
    runner.run(repository.open())
    yield repository
    runner.run(repository.close())


@pytest.fixture
def snapshot(repository: Repository, runner: asyncio.Runner) -> Snapshot:
    return runner.run(repository.snapshot())


@pytest.fixture
def time_each(benchmark: BenchmarkFixture) -> TimeEach[T]:
    """Time a function with each of some arguments."""

    def time(function: Callable[[T], object], arguments: Sequence[T]) -> None:
        def one_pass() -> None:
            for argument in arguments:
                function(argument)

        benchmark.extra_info["calls"] = len(arguments)
        benchmark(one_pass)

    return time


@pytest.fixture
def await_each(benchmark: BenchmarkFixture, runner: asyncio.Runner) -> AwaitEach[T]:
    """Time an asynchronous function with each of some arguments, one at a time."""

    def time(
        function: Callable[[T], Awaitable[object]], arguments: Sequence[T]
    ) -> None:
        async def one_pass() -> None:
            for argument in arguments:
                await function(argument)

        benchmark.extra_info["calls"] = len(arguments)
        benchmark(lambda: runner.run(one_pass()))

    return time
