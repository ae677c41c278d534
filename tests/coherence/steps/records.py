"""Steps that insert dimension records, and change them."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.coherence.watching.questions import DataId, Observation, raised

from . import views
from .world import Step, World

Row = dict[str, Any]
_CAMERA = "Cam1"
_FILTER = "Cam1-G"
_DAY_OBS = 20300100

# For each element, the field that changes, and its new value by a number.
_FIELDS: dict[str, tuple[str, Callable[[int], Any]]] = {
    "instrument": ("detector_max", lambda number: number),
    "detector": ("full_name", lambda number: f"renamed {number}"),
    "physical_filter": ("band", lambda number: f"band{number}"),
    "exposure": ("target_name", lambda number: f"target {number}"),
    "visit": ("target_name", lambda number: f"target {number}"),
}


def insert_instrument(world: World, _: Random) -> Step:
    row = {"name": f"w{world.next_number()}", "class_name": "none", "detector_max": 9}
    return _insert(world, "instrument", row)


def insert_detector(world: World, random: Random) -> Step:
    cameras = [_CAMERA, *(row["name"] for row in world.records.get("instrument", ()))]
    number = 100 + world.next_number()
    row = {
        "instrument": random.choice(cameras),
        "id": number,
        "full_name": f"D{number}",
    }
    return _insert(world, "detector", row)


def insert_filter(world: World, _: Random) -> Step:
    number = world.next_number()
    row = {"instrument": _CAMERA, "name": f"w{number}", "band": f"new{number}"}
    return _insert(world, "physical_filter", row)


def insert_exposure(world: World, _: Random) -> Step:
    number = 1000 + world.next_number()
    row = _observation(number) | {"group": f"w{number}", "obs_id": f"w{number}"}
    day = {"instrument": _CAMERA, "id": row["day_obs"]}
    group = {"instrument": _CAMERA, "name": row["group"]}
    before = [_command("day_obs", day), _command("group", group)]
    return _insert(world, "exposure", row, *before)


def insert_visit(world: World, _: Random) -> Step:
    number = 1000 + world.next_number()
    row = _observation(number) | {"name": f"w{number}"}
    day = {"instrument": _CAMERA, "id": row["day_obs"]}
    return _insert(world, "visit", row, _command("day_obs", day))


def replace(world: World, random: Random) -> Step | None:
    """Insert a record over an older one, with another value."""
    changed = _change(world, random)
    if changed is None:
        return None
    element, row = changed
    command = _command(element, row) | {"replace": True}
    return Step(f"replace {element}", [command], [_view(element, row)])


def synchronize(world: World, random: Random) -> Step | None:
    """Update a record in place."""
    changed = _change(world, random)
    if changed is None:
        return None
    element, row = changed
    command = {"do": "synchronize_record", "element": element, "row": row}
    return Step(f"synchronize {element}", [command], [_view(element, row)])


def _insert(world: World, element: str, row: Row, *before: dict[str, Any]) -> Step:
    world.records.setdefault(element, []).append(row)
    commands = [*before, _command(element, row)]
    return Step(f"insert {element}", commands, [_view(element, row), _no_view(element)])


def _change(world: World, random: Random) -> tuple[str, Row] | None:
    elements = sorted(world.records)
    if not elements:
        return None
    element = random.choice(elements)
    row = random.choice(world.records[element])
    field, value = _FIELDS[element]
    row[field] = value(world.next_number())
    return element, dict(row)


def _observation(number: int) -> Row:
    return {
        "instrument": _CAMERA,
        "id": number,
        "physical_filter": _FILTER,
        "day_obs": _DAY_OBS + number % 28,
        "target_name": "none",
        "timespan": [number, number + 0.25],
    }


def _command(element: str, row: Row) -> dict[str, Any]:
    # Days are shared by several observations.
    do = "synchronize_record" if element == "day_obs" else "insert_records"
    if do == "synchronize_record":
        return {"do": do, "element": element, "row": row}
    return {"do": do, "element": element, "rows": [row]}


def _view(element: str, row: Row) -> Observation:
    field, _ = _FIELDS[element]
    expected = row.get(field)
    return views.record(_data_id(element, row), element, field, expected)


def _no_view(element: str) -> Observation:
    """Observe that another value still has no record."""
    absent = {"instrument": "no such camera", "name": "no such filter", "id": 99999}
    if element == "instrument":
        absent["name"] = absent["instrument"]
    field, _ = _FIELDS[element]
    expected = raised("DataIdValueError")
    return views.record(_data_id(element, absent), element, field, expected)


def _data_id(element: str, row: Row) -> DataId:
    if element == "instrument":
        return {"instrument": row["name"]}
    key = row["name"] if element == "physical_filter" else row["id"]
    return {"instrument": row["instrument"], element: key}
