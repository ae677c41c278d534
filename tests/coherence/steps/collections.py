"""Steps that make, describe, chain and remove collections."""

from random import Random

from tests.coherence.watching.questions import Observation

from . import views
from .world import CALIBRATION, CHAINED, RUN, TAGGED, Step, World

_NAMES = tuple(f"{views.PREFIX}{letter}" for letter in "abcdefghijklmnop")
_FEWEST_RUNS = 3


def register(world: World, random: Random, kind: str) -> Step | None:
    free = [name for name in _NAMES if name not in world.kinds]
    if not free:
        return None
    name = random.choice(free)
    world.add_collection(name, kind)
    return Step(
        f"register {kind} {name}",
        [_register(name, kind)],
        [views.collection(world, name), views.names(world)],
    )


def register_run(world: World, random: Random) -> Step | None:
    return register(world, random, RUN)


def register_tagged(world: World, random: Random) -> Step | None:
    return register(world, random, TAGGED)


def register_chain(world: World, random: Random) -> Step | None:
    return register(world, random, CHAINED)


def register_calibration(world: World, random: Random) -> Step | None:
    return register(world, random, CALIBRATION)


def document(world: World, random: Random) -> Step | None:
    name = random.choice(list(world.kinds))
    # An empty text and none at all look the same, so a text is taken back by None.
    doc = None if world.docs[name] else f"Größe № {world.next_number()} 'of' {name}"
    world.docs[name] = doc or ""
    command = {"do": "document", "name": name, "doc": doc}
    return Step(f"document {name}", [command], [views.collection(world, name)])


def remove(world: World, random: Random) -> Step | None:
    """Remove a collection that no chain holds; a RUN only if it is empty."""
    free = [name for name in _removable(world) if not world.parents(name)]
    if not free:
        return None
    name = random.choice(free)
    world.drop_collection(name)
    return Step(f"remove {name}", [_remove(name)], _absent(world, name))


def replace(world: World, random: Random) -> Step | None:
    """Remove a collection, and register its name as another kind at once."""
    free = [name for name in _removable(world) if not world.parents(name)]
    if not free:
        return None
    name = random.choice(free)
    kinds = {RUN, TAGGED, CHAINED, CALIBRATION} - {world.kinds[name]}
    kind = random.choice(sorted(kinds))
    world.drop_collection(name)
    world.add_collection(name, kind)
    return Step(
        f"replace {name} by a {kind}",
        [_remove(name), _register(name, kind)],
        [views.collection(world, name), views.summary(world, name)],
    )


def reuse_key(world: World, random: Random) -> Step | None:
    """Remove the newest collection; another one gets its key on SQLite."""
    newest = next(reversed(world.kinds))
    free = [name for name in _NAMES if name not in world.kinds]
    if newest not in _removable(world) or world.parents(newest) or not free:
        return None
    other = random.choice(free)
    kind = random.choice([RUN, TAGGED, CHAINED, CALIBRATION])
    world.drop_collection(newest)
    world.add_collection(other, kind)
    return Step(
        f"give the key of {newest} to {other}",
        [_remove(newest), _register(other, kind)],
        [*_absent(world, newest), views.collection(world, other)],
    )


def remove_run(world: World, random: Random) -> Step | None:
    """Remove a RUN with its datasets, out of all chains."""
    runs = world.of_kind(RUN)
    if len(runs) <= _FEWEST_RUNS:
        return None
    used = [run for run in runs if world.summaries[run]]
    name = random.choice(used or runs)
    parents = world.parents(name)
    members = [d for d in world.datasets.values() if d.run == name]
    world.drop_collection(name)
    observations = _absent(world, name)
    observations += [views.collection(world, parent) for parent in parents]
    observations += [views.uuid(world, dataset.id) for dataset in members[:3]]
    observations += [
        views.search(world, d.type, d.data_id, tagged)
        for d in members[:1]
        for tagged in world.of_kind(TAGGED, CHAINED)
    ]
    command = {"do": "remove_run", "name": name}
    return Step(f"remove run {name}", [command], observations)


def _removable(world: World) -> list[str]:
    runs = world.of_kind(RUN)
    with_datasets = {dataset.run for dataset in world.datasets.values()}
    if len(runs) <= _FEWEST_RUNS:
        with_datasets.update(runs)
    return [name for name in world.kinds if name not in with_datasets]


def _absent(world: World, name: str) -> list[Observation]:
    observations = [views.collection(world, name), views.names(world)]
    for dataset in list(world.datasets.values())[:1]:
        path = (name, dataset.run)
        observations.append(views.search(world, dataset.type, dataset.data_id, *path))
    return observations


def _register(name: str, kind: str) -> dict[str, str]:
    return {"do": "register_collection", "name": name, "kind": kind}


def _remove(name: str) -> dict[str, str]:
    return {"do": "remove_collection", "name": name}
