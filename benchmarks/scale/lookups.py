"""Times single lookups in an index, in this process, warm."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from butlery.cache.index import ReleaseIndex

from .datasets import Datasets, Value

_TURNS = 9
_SEED = 1


class Question(msgspec.Struct, frozen=True):
    """A dataset to be found by both of its keys."""

    dataset_type: int
    values: tuple[Value, ...]
    id: bytes


class LookupTimes(msgspec.Struct, frozen=True):
    """Microseconds of one lookup, the best of several turns.

    Parameters
    ----------
    bare
        Both pages found and the entry decoded; the key is packed already.
    find
        UUID by data ID.
    dataset
        Data ID and file by UUID.
    identity
        Data ID alone by UUID.
    """

    bare: float
    find: float
    dataset: float
    identity: float


def questions(
    index: ReleaseIndex, of: Sequence[Datasets], count: int
) -> list[Question]:
    """Return datasets at random, each as likely as any other."""
    chance = random.Random(_SEED)
    numbers = {type_.name: n for n, type_ in enumerate(index.tables.types)}
    found = []
    for each in chance.choices(of, [each.count for each in of], k=count):
        number = chance.randrange(each.count)
        values = each.values(number)
        found.append(Question(numbers[each.kind.name], values, each.id(number)))
    return found


def check(index: ReleaseIndex, of: Sequence[Datasets], count: int) -> None:
    """Compare what an index says with what was put into it."""
    chance = random.Random(_SEED)
    numbers = {type_.name: n for n, type_ in enumerate(index.tables.types)}
    for _ in range(count):
        each = chance.choice(of)
        row = each.row(chance.randrange(each.count))
        run, id_, datastore, path, *_, size = row[:9]
        assert id_ in [f for _, f in index.find(numbers[each.kind.name], row[9:])]
        dataset = index.dataset(id_)
        assert dataset is not None
        (file,) = dataset.files
        assert (dataset.run, tuple(dataset.values)) == (run, row[9:])
        assert (file.datastore, file.path, file.file_size) == (datastore, path, size)


def time_lookups(index: ReleaseIndex, asked: Sequence[Question]) -> LookupTimes:
    """Time some lookups, one after another."""
    bare = list(_bare(index, asked))
    get, decode = index._get, msgspec.msgpack.Decoder(list[Any]).decode  # noqa: SLF001
    find, data = index._find, index._datasets  # noqa: SLF001

    def look_up_bare() -> None:
        for key, id_ in bare:
            get(key, None, find)
            decode(get(id_, b"", data))

    def look_up_values() -> None:
        for each in asked:
            list(index.find(each.dataset_type, each.values))

    def look_up_ids(*, files: bool) -> None:
        for each in asked:
            index.dataset(each.id, files=files)

    return LookupTimes(
        *(
            _best(timed) / len(asked) * 1e6
            for timed in (
                look_up_bare,
                look_up_values,
                lambda: look_up_ids(files=True),
                lambda: look_up_ids(files=False),
            )
        )
    )


def _bare(
    index: ReleaseIndex, asked: Sequence[Question]
) -> Iterator[tuple[bytes, bytes]]:
    packers = index._packers  # noqa: SLF001 - the key is not part of what is timed
    for each in asked:
        yield packers[each.dataset_type].key(each.values), each.id


def _best(timed: Callable[[], None]) -> float:
    timed()  # pages and shapes are there then
    best = float("inf")
    for _ in range(_TURNS):
        started = time.process_time()
        timed()
        best = min(best, time.process_time() - started)
    return best
