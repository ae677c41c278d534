"""Steps that tag datasets, and certify them for some days."""

from random import Random

from tests.coherence.watching.questions import Observation

from . import views
from .world import CALIBRATION, TAGGED, Dataset, Step, Validity, World

_LAST_DAY = 12
_LENGTH = 4


def associate(world: World, random: Random) -> Step | None:
    """Tag a dataset where none of the same data ID is tagged."""
    free = [
        (name, dataset)
        for name in world.of_kind(TAGGED)
        for dataset in world.datasets.values()
        if dataset.key not in world.tags[name]
    ]
    if not free:
        return None
    name, dataset = random.choice(free)
    world.tags[name][dataset.key] = dataset.id
    world.summaries[name].add(dataset.type)
    return _step(world, "associate", name, dataset)


def disassociate(world: World, random: Random) -> Step | None:
    tagged = [(name, id_) for name in world.tags for id_ in world.tags[name].values()]
    if not tagged:
        return None
    name, id_ = random.choice(tagged)
    dataset = world.datasets[id_]
    del world.tags[name][dataset.key]
    return _step(world, "disassociate", name, dataset)


def certify(world: World, random: Random) -> Step | None:
    """Certify a calibration for days that are free."""
    begin = random.randrange(_LAST_DAY)
    end = begin + random.randint(1, _LENGTH)
    free = [
        (name, dataset)
        for name in world.of_kind(CALIBRATION)
        for dataset in world.datasets.values()
        if world.types[dataset.type].is_calibration
        and not any(
            v.dataset.key == dataset.key and v.begin < end and begin < v.end
            for v in world.validities[name]
        )
    ]
    if not free:
        return None
    name, dataset = random.choice(free)
    world.validities[name].append(Validity(dataset, begin, end))
    world.summaries[name].add(dataset.type)
    command = {
        "do": "certify",
        "name": name,
        "uuid": dataset.id,
        "begin": begin,
        "end": end,
    }
    observations = _days(world, name, dataset, begin, end)
    observations.append(views.summary(world, name))
    return Step(f"certify in {name}", [command], observations)


def decertify(world: World, random: Random) -> Step | None:
    """Take some days out of a validity, which leaves what is before and after."""
    certified = [(name, v) for name in world.validities for v in world.validities[name]]
    if not certified:
        return None
    name, old = random.choice(certified)
    begin = random.randint(old.begin, old.end - 1)
    end = begin + random.randint(1, _LENGTH)
    world.validities[name] = [
        rest
        for validity in world.validities[name]
        for rest in _without(validity, old.dataset, begin, end)
    ]
    command = {
        "do": "decertify",
        "name": name,
        "dataset_type": old.dataset.type,
        "data_id": old.dataset.data_id,
        "begin": begin,
        "end": end,
    }
    observations = _days(world, name, old.dataset, begin, end)
    return Step(f"decertify in {name}", [command], observations)


def _without(old: Validity, dataset: Dataset, begin: int, end: int) -> list[Validity]:
    if old.dataset.key != dataset.key or old.end <= begin or end <= old.begin:
        return [old]
    pieces = ((old.begin, begin), (end, old.end))
    return [Validity(old.dataset, b, e) for b, e in pieces if b < e]


def _days(
    world: World, name: str, dataset: Dataset, begin: int, end: int
) -> list[Observation]:
    """Observe the edges of the days, from inside and from outside."""
    return [
        views.search(world, dataset.type, dataset.data_id, path, day=day)
        for day in (begin, begin - 1, end - 1, end)
        for path in (name, *world.parents(name)[:1])
    ]


def _step(world: World, do: str, name: str, dataset: Dataset) -> Step:
    command = {"do": do, "name": name, "uuid": dataset.id}
    observations = [
        views.search(world, dataset.type, dataset.data_id, name),
        views.summary(world, name),
    ]
    observations += [
        views.search(world, dataset.type, dataset.data_id, parent)
        for parent in world.parents(name)
    ]
    return Step(f"{do} in {name}", [command], observations)
