"""One run: builds indexes of several sizes, and measures all that they promise."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from .building import (
    Built,
    build_datasets,
    build_records,
    contents_of,
    datasets_of,
    opened,
)
from .datasets import Datasets
from .lookups import LookupTimes, check, questions, time_lookups
from .memory import Memory
from .plan import PATCHES, SKYMAP
from .reading import reader
from .repository import make_repository

_CHECKED = 2000
_TOUCHED = 1000
_EACH_PAGE = 10  # records: each page has more than that


class Options(msgspec.Struct, frozen=True):
    """Sizes of one run."""

    datasets: int = 10_000_000
    small: int = 100_000
    tracts: int = 18_938
    releases: int = 11
    asked: int = 20_000


class Outcome(msgspec.Struct, frozen=True):
    """What was measured.

    Parameters
    ----------
    opening_ms
        To open the large index.
    two
        Two processes that have looked up the same datasets.
    records
        Tracts and patches, and two processes that have read every one of them.
    releases
        One process: with all releases open, and after lookups in one of them.
    """

    built: Built
    times: LookupTimes
    small_times: LookupTimes
    opening_ms: float
    two: tuple[Memory, Memory]
    records: Built
    records_two: tuple[Memory, Memory]
    releases: tuple[Memory, Memory]


def measure(options: Options, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Measure everything in a folder; large files are removed as soon as possible."""
    tell("making an empty repository")
    make_repository(folder / "repository", releases=1)
    contents = contents_of(folder / "repository")
    tell(f"building an index of {options.small:,} datasets")
    small = folder / "small.index"
    of_small = datasets_of(contents, options.small)
    build_datasets(small, contents, of_small)
    small_times, _ = _look_up(small, of_small, options)
    tell(f"opening {options.releases} of them")
    releases = _many_releases(small, of_small, options)
    tell(f"building an index of {options.tracts:,} tracts and their patches")
    path = folder / "records.index"
    records = build_records(path, contents, options.tracts)
    records_two = _two_of_records(path, options)
    path.unlink()
    tell(f"building an index of {options.datasets:,} datasets")
    path = folder / "large.index"
    of = datasets_of(contents, options.datasets)
    built = build_datasets(path, contents, of)
    tell("looking datasets up")
    times, opening_ms = _look_up(path, of, options)
    two = _two_of_datasets(path, of, options)
    path.unlink()
    return Outcome(
        built, times, small_times, opening_ms, two, records, records_two, releases
    )


def _look_up(
    path: Path, of: Sequence[Datasets], options: Options
) -> tuple[LookupTimes, float]:
    started = time.perf_counter()
    index = opened(path)
    opening_ms = 1000 * (time.perf_counter() - started)
    check(index, of, min(_CHECKED, options.asked))
    return time_lookups(index, questions(index, of, options.asked)), opening_ms


def _ids(of: Sequence[Datasets], count: int) -> list[bytes]:
    return [
        of[n % len(of)].id(n // len(of) % of[n % len(of)].count) for n in range(count)
    ]


def _two_of_datasets(
    path: Path, of: Sequence[Datasets], options: Options
) -> tuple[Memory, Memory]:
    ids = _ids(of, options.asked)
    with reader([path]) as (first, _), reader([path]) as (second, _):
        second.look_up(path, ids)
        first.look_up(path, ids)
        return first.look_up(path, ids), second.look_up(path, ids)


def _two_of_records(path: Path, options: Options) -> tuple[Memory, Memory]:
    count = options.tracts * PATCHES
    keys = [(SKYMAP, *divmod(n, PATCHES)) for n in range(0, count, _EACH_PAGE)]
    with reader([path]) as (first, _), reader([path]) as (second, _):
        second.read_records(path, "patch", keys)
        first.read_records(path, "patch", keys)
        return (
            first.read_records(path, "patch", keys),
            second.read_records(path, "patch", keys),
        )


def _many_releases(
    path: Path, of: Sequence[Datasets], options: Options
) -> tuple[Memory, Memory]:
    """Open copies of one file, which the kernel cannot know to be the same."""
    paths = [path.with_stem(f"release{n}") for n in range(options.releases)]
    for copy in paths:
        shutil.copy(path, copy)
    with reader(paths) as (each, before):
        after = each.look_up(paths[0], _ids(of, _TOUCHED))
    for copy in paths:
        copy.unlink()
    return before, after
