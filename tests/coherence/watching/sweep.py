"""A comparison of everything with a DirectButler that has just been opened."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from lsst.daf.butler import Butler

from tests.coherence.steps import World
from tests.contract.plain import by_name, plain

from .follower import Follower
from .questions import forget_dataset_types

_DATASETS = 3
_COLLECTIONS = 2
Question = Callable[[Butler], Any]


def sweep(
    repository: Path, followers: Sequence[Follower], world: World, random: Random
) -> None:
    """See that every follower answers like a DirectButler, opened now."""
    questions = _questions(world, random)
    with Butler.from_config(str(repository)) as direct:
        expected = [question(direct) for question in questions]
    for follower in followers:
        forget_dataset_types(follower.butler)
        for question, answer in zip(questions, expected, strict=True):
            got = question(follower.butler)
            assert got == answer, (
                f"{follower.name} differs from a fresh DirectButler:\n"
                f"got      {got}\nexpected {answer}"
            )


def _questions(world: World, random: Random) -> list[Question]:
    names = list(world.kinds)
    chosen = random.sample(names, min(_COLLECTIONS, len(names)))
    ids = [*world.datasets, *world.purged]
    some_ids = random.sample(ids, min(_DATASETS, len(ids)))
    present = [world.datasets[id_] for id_ in some_ids if id_ in world.datasets]
    return [
        _collections,
        lambda butler: by_name(butler.registry.queryDatasetTypes("*")),
        *(_summary(name) for name in chosen),
        *(_dataset(id_) for id_ in some_ids),
        *(
            _search(d.type, d.data_id, [c, d.run])
            for d, c in zip(present, chosen, strict=False)
        ),
    ]


def _collections(butler: Butler) -> Any:
    infos = butler.collections.query_info(
        "*", include_parents=True, include_summary=True, include_doc=True
    )
    return by_name(infos)


def _summary(name: str) -> Question:
    return lambda butler: plain(butler.registry.getCollectionSummary(name))


def _dataset(id_: str) -> Question:
    return lambda butler: plain(butler.get_dataset(id_, dimension_records=True))


def _search(type_: str, data_id: Any, path: Sequence[str]) -> Question:
    return lambda butler: plain(
        butler.find_dataset(type_, data_id, collections=path, dimension_records=True)
    )
