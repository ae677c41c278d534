"""Steps that register and remove dataset types, and the tables they bring."""

from random import Random
from typing import Any

from tests.coherence.watching.questions import DataId

from . import views
from .world import DatasetType, Step, World

_CAMERA = ("instrument", "detector")
_KNOWN = (_CAMERA, ("instrument",), ("instrument", "physical_filter"), ())
_STORAGE_CLASSES = ("StructuredDataDict", "StructuredDataList")
_SKYPIX_LEVELS = 20
_NAMES = tuple(f"w_type_{letter}" for letter in "abcdefghijkl")


def register_known(world: World, random: Random) -> Step | None:
    """Register a type whose tables are there already."""
    return _register_new(world, random, random.choice(_KNOWN), is_calibration=False)


def register_new_group(world: World, random: Random) -> Step | None:
    """Register a type in a dimension group without a table."""
    return _register_new(world, random, _new_group(world), is_calibration=False)


def register_calibration(world: World, random: Random) -> Step | None:
    return _register_new(world, random, _CAMERA, is_calibration=True)


def register_new_calibration(world: World, random: Random) -> Step | None:
    """Register a type for which both tables are missing."""
    return _register_new(world, random, _new_group(world), is_calibration=True)


def remove(world: World, random: Random) -> Step | None:
    """Remove a type that no dataset has."""
    unused = _unused(world)
    if not unused:
        return None
    name = random.choice(unused)
    world.drop_type(name)
    data_id: DataId = {"instrument": "Cam1", "detector": 1}
    run = world.of_kind("RUN")[0]
    observations = [
        views.dataset_type(world, name),
        views.search(world, name, data_id, run),
        *(views.summary(world, collection) for collection in list(world.kinds)[:2]),
    ]
    return Step(f"remove type {name}", [_remove(name)], observations)


def redefine(world: World, random: Random) -> Step | None:
    """Remove a type and register its name with other dimensions and class."""
    unused = _unused(world)
    if not unused:
        return None
    name = random.choice(unused)
    old = world.types[name]
    dimensions = random.choice([g for g in _KNOWN if g != old.dimensions])
    world.drop_type(name)
    type_ = DatasetType(name, dimensions, _other_class(old), is_calibration=False)
    world.types[name] = type_
    return Step(
        f"redefine type {name}",
        [_remove(name), _register(type_)],
        [views.dataset_type(world, name)],
    )


def reuse_key(world: World, random: Random) -> Step | None:
    """Remove the newest type; another one gets its key on SQLite."""
    newest = next(reversed(world.types), "")
    free = [name for name in _NAMES if name not in world.types]
    if newest not in _unused(world) or not free:
        return None
    old = world.types[newest]
    world.drop_type(newest)
    type_ = DatasetType(random.choice(free), old.dimensions, _other_class(old), False)
    world.types[type_.name] = type_
    return Step(
        f"give the key of type {newest} to {type_.name}",
        [_remove(newest), _register(type_)],
        [views.dataset_type(world, newest), views.dataset_type(world, type_.name)],
    )


def _register_new(
    world: World, random: Random, dimensions: tuple[str, ...], *, is_calibration: bool
) -> Step | None:
    free = [name for name in _NAMES if name not in world.types]
    if not free:
        return None
    storage_class = random.choice(_STORAGE_CLASSES)
    type_ = DatasetType(random.choice(free), dimensions, storage_class, is_calibration)
    world.types[type_.name] = type_
    return Step(
        f"register type {type_.name} of {dimensions}",
        [_register(type_)],
        [views.dataset_type(world, type_.name)],
    )


def _new_group(world: World) -> tuple[str, ...]:
    level = world.next_number() % _SKYPIX_LEVELS + 1
    return (*_CAMERA, f"htm{level}")


def _unused(world: World) -> list[str]:
    used = {dataset.type for dataset in world.datasets.values()}
    return [name for name in world.types if name not in used]


def _other_class(type_: DatasetType) -> str:
    return next(name for name in _STORAGE_CLASSES if name != type_.storage_class)


def _register(type_: DatasetType) -> dict[str, Any]:
    return {
        "do": "register_type",
        "name": type_.name,
        "dimensions": type_.dimensions,
        "storage_class": type_.storage_class,
        "is_calibration": type_.is_calibration,
    }


def _remove(name: str) -> dict[str, Any]:
    return {"do": "remove_type", "name": name}
