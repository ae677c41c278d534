"""Steps that store datasets and take them away."""

from dataclasses import replace
from random import Random
from typing import Any

from tests.coherence.watching.questions import DataId

from . import views
from .world import CHAINED, RUN, Dataset, DatasetType, Step, World, new_id

_FILTERS = ("Cam1-G", "Cam1-R1", "Cam1-R2")


def put(world: World, random: Random) -> Step | None:
    dataset = _free_place(world, random)
    return None if dataset is None else _put(world, dataset, "put")


def put_in_front(world: World, random: Random) -> Step | None:
    """Store what a chain finds further back in a member before that one."""
    for chain in world.of_kind(CHAINED):
        runs = [name for name in world.flatten([chain]) if name in world.of_kind(RUN)]
        for behind in world.datasets.values():
            ahead = runs[: runs.index(behind.run)] if behind.run in runs else []
            if ahead and world.find(behind.key, ahead, None) is None:
                content = _content(world, world.types[behind.type])
                hiding = replace(
                    behind, id=new_id(random), run=ahead[0], content=content
                )
                return _put(world, hiding, f"hide a member of {chain}: put")
    return None


def put_reborn(world: World, random: Random) -> Step | None:
    """Store another dataset under a UUID that was purged."""
    place = _free_place(world, random)
    if place is None or not world.purged:
        return None
    return _put(world, replace(place, id=random.choice(world.purged)), "reborn: put")


def put_anew(world: World, random: Random) -> Step | None:
    """Purge a dataset and store its data ID again, under another UUID."""
    old = _any(world, random)
    if old is None:
        return None
    content = _content(world, world.types[old.type])
    new = replace(old, id=new_id(random), content=content)
    world.drop_dataset(old)
    step = _put(world, new, "put anew")
    gone = views.uuid(world, old.id)
    return replace(
        step,
        commands=[_on("purge", old), *step.commands],
        observations=[*step.observations, gone],
    )


def purge(world: World, random: Random) -> Step | None:
    dataset = _any(world, random)
    if dataset is None:
        return None
    world.drop_dataset(dataset)
    observations = [*views.everywhere(world, dataset), views.content(world, dataset)]
    return Step("purge", [_on("purge", dataset)], observations)


def unstore(world: World, random: Random) -> Step | None:
    """Take the file of a dataset away, and leave the dataset."""
    stored = [d for d in world.datasets.values() if d.content is not None]
    if not stored:
        return None
    dataset = replace(random.choice(stored), content=None)
    world.datasets[dataset.id] = dataset
    observations = [views.content(world, dataset), *views.everywhere(world, dataset)]
    return Step("unstore", [_on("unstore", dataset)], observations)


def refresh_summaries(world: World, _: Random) -> Step:
    """Make every summary say only what is there."""
    for name, types in world.summaries.items():
        types.intersection_update(_held(world, name))
    observations = [views.summary(world, name) for name in world.kinds]
    return Step("refresh summaries", [{"do": "refresh_summaries"}], observations, False)


def several_at_once(world: World, random: Random) -> Step | None:
    """Store two datasets in one transaction."""
    chosen = (_free_place(world, random), _free_place(world, random))
    datasets = [dataset for dataset in chosen if dataset is not None]
    if len({(dataset.key, dataset.run) for dataset in datasets}) < 2:
        return None
    for dataset in datasets:
        world.add_dataset(dataset)
    commands = [_put_command(dataset) for dataset in datasets]
    return Step(
        "transaction",
        [{"do": "transaction", "commands": commands, "fail": False}],
        [seen for dataset in datasets for seen in views.everywhere(world, dataset)],
    )


def nothing_at_all(world: World, random: Random) -> Step | None:
    """Store a dataset in a transaction that is rolled back."""
    dataset = _free_place(world, random)
    if dataset is None:
        return None
    commands = [_put_command(dataset)]
    return Step(
        "transaction rolled back",
        [{"do": "transaction", "commands": commands, "fail": True}],
        [*views.everywhere(world, dataset), views.content(world, dataset)],
        changes_something=False,
    )


def _put(world: World, dataset: Dataset, kind: str) -> Step:
    world.add_dataset(dataset)
    observations = [
        *views.everywhere(world, dataset),
        views.content(world, dataset),
        views.summary(world, dataset.run),
    ]
    return Step(f"{kind} {dataset.type}", [_put_command(dataset)], observations)


def _put_command(dataset: Dataset) -> dict[str, Any]:
    return {
        "do": "put",
        "uuid": dataset.id,
        "dataset_type": dataset.type,
        "data_id": dataset.data_id,
        "run": dataset.run,
        "content": dataset.content,
    }


def _on(do: str, dataset: Dataset) -> dict[str, Any]:
    return {"do": do, "uuid": dataset.id}


def _any(world: World, random: Random) -> Dataset | None:
    return random.choice(list(world.datasets.values()) or [None])


def _free_place(world: World, random: Random) -> Dataset | None:
    """Choose a new dataset: a type, and a data ID that its run does not have yet."""
    for _ in range(20):
        if not world.types:
            break
        type_ = random.choice(list(world.types.values()))
        run = random.choice(world.of_kind(RUN))
        data_id = _data_id(world, random, type_)
        dataset = Dataset(
            new_id(random), type_.name, data_id, run, _content(world, type_)
        )
        if world.find(dataset.key, [run], None) is None:
            return dataset
    return None


def _data_id(world: World, random: Random, type_: DatasetType) -> DataId:
    """Choose from few values, so that collections hold the same ones."""
    detectors = [(r["instrument"], r["id"]) for r in world.records.get("detector", ())]
    instrument, detector = random.choice([("Cam1", 1), ("Cam1", 2), *detectors[-1:]])
    values: DataId = {}
    for name in type_.dimensions:
        if name == "instrument":
            values[name] = (
                "Cam1" if "physical_filter" in type_.dimensions else instrument
            )
        elif name == "detector":
            values[name] = detector
        elif name == "physical_filter":
            values[name] = random.choice(_FILTERS)
        else:  # a trixel of the level that the name ends with
            values[name] = 8 * 4 ** int(name.removeprefix("htm"))
    return values


def _content(world: World, type_: DatasetType) -> Any:
    number = world.next_number()
    return [number] if type_.storage_class.endswith("List") else {"number": number}


def _held(world: World, name: str) -> set[str]:
    tagged = world.tags.get(name, {}).values()
    return {
        *(d.type for d in world.datasets.values() if d.run == name),
        *(world.datasets[id_].type for id_ in tagged),
        *(v.dataset.type for v in world.validities.get(name, ())),
    }
