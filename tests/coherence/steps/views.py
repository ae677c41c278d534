"""Observations of one thing each, with the answer that the model gives."""

from typing import Any

from tests.coherence.watching.questions import (
    DataId,
    DescribeCollection,
    DescribeType,
    ExpandDataId,
    FindDataset,
    GetDataset,
    ListCollections,
    Observation,
    ReadDataset,
    SummarizeCollection,
    raised,
)

from .world import Dataset, World, key_of

PREFIX = "w/"
"""Begins the names of all collections that the steps make."""


def collection(world: World, name: str) -> Observation:
    expected: Any = raised("MissingCollectionError")
    if name in world.kinds:
        expected = {
            "kind": world.kinds[name],
            "doc": world.docs[name],
            "children": list(world.children.get(name, ())),
            "parents": world.parents(name),
        }
    return Observation(DescribeCollection(name), expected)


def names(world: World) -> Observation:
    return Observation(ListCollections(f"{PREFIX}*"), sorted(world.kinds))


def summary(world: World, name: str) -> Observation:
    expected: Any = raised("MissingCollectionError")
    if name in world.kinds:
        expected = world.summary(name)
    return Observation(SummarizeCollection(name), expected)


def dataset_type(world: World, name: str) -> Observation:
    expected: Any = raised("MissingDatasetTypeError")
    if (type_ := world.types.get(name)) is not None:
        expected = {
            "dimensions": sorted(type_.dimensions),
            "storage_class": type_.storage_class,
            "is_calibration": type_.is_calibration,
        }
    return Observation(DescribeType(name), expected)


def search(
    world: World, type_: str, data_id: DataId, *path: str, day: int | None = None
) -> Observation:
    """Observe a search; what is missing makes it fail, the type before the path."""
    expected: Any
    if type_ not in world.types:
        expected = raised("MissingDatasetTypeError")
    elif not all(name in world.kinds for name in path):
        expected = raised("MissingCollectionError")
    else:
        found = world.find(key_of(type_, data_id), path, day)
        expected = None if found is None else [found.id, found.run]
    return Observation(FindDataset(type_, data_id, path, day), expected)


def uuid(world: World, id_: str) -> Observation:
    expected: Any = None
    if (dataset := world.datasets.get(id_)) is not None:
        expected = [dataset.type, dataset.data_id, dataset.run]
    return Observation(GetDataset(id_), expected)


def content(world: World, dataset: Dataset) -> Observation:
    """Observe the file that stands for a dataset's data ID in its run."""
    expected: Any = raised("DatasetNotFoundError")
    found = world.find(dataset.key, [dataset.run], None)
    if found is not None and found.content is not None:
        expected = found.content
    question = ReadDataset(dataset.type, dataset.data_id, dataset.run)
    return Observation(question, expected)


def record(data_id: DataId, element: str, field: str, expected: Any) -> Observation:
    return Observation(ExpandDataId(data_id, element, field), expected)


def everywhere(world: World, dataset: Dataset) -> list[Observation]:
    """Observe a dataset by UUID, in its run, and through whatever may hold it."""
    observations = [
        uuid(world, dataset.id),
        search(world, dataset.type, dataset.data_id, dataset.run),
    ]
    for name in world.kinds:
        if world.kinds[name] != "RUN" and dataset.type in world.summary(name):
            day = 1 if world.types[dataset.type].is_calibration else None
            observations.append(
                search(world, dataset.type, dataset.data_id, name, day=day)
            )
    return observations
