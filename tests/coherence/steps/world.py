"""A model of what the steps have made: the measure of every answer.

Names are kept in the order in which they were made: the last of them has the highest
key in the database, which SQLite gives again once it is free.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from tests.coherence.watching.questions import DataId, Observation
from tests.coherence.writer.commands import Command

RUN, TAGGED, CHAINED, CALIBRATION = "RUN", "TAGGED", "CHAINED", "CALIBRATION"
Key = tuple[str, tuple[tuple[str, int | str], ...]]


@dataclass(frozen=True)
class DatasetType:
    """A registered dataset type."""

    name: str
    dimensions: tuple[str, ...]
    storage_class: str
    is_calibration: bool


@dataclass(frozen=True)
class Dataset:
    """A dataset; `content` is that of its file, `None` if it has none (any more)."""

    id: str
    type: str
    data_id: DataId
    run: str
    content: Any

    @property
    def key(self) -> Key:
        return key_of(self.type, self.data_id)


@dataclass(frozen=True)
class Validity:
    """That a dataset is the calibration of some days."""

    dataset: Dataset
    begin: int
    end: int


@dataclass(frozen=True)
class Step:
    """Commands for the writer, and what is to be seen when they are done."""

    kind: str
    commands: Sequence[Command]
    observations: Sequence[Observation]
    changes_something: bool = True


def key_of(type_: str, data_id: DataId) -> Key:
    return type_, tuple(sorted(data_id.items()))


@dataclass
class World:
    """Collections, dataset types, datasets and records, by name or UUID."""

    kinds: dict[str, str] = field(default_factory=dict)
    docs: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    summaries: dict[str, set[str]] = field(default_factory=dict)
    types: dict[str, DatasetType] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    tags: dict[str, dict[Key, str]] = field(default_factory=dict)
    validities: dict[str, list[Validity]] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    number: int = 0

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def of_kind(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def parents(self, name: str) -> list[str]:
        return sorted(c for c, members in self.children.items() if name in members)

    def flatten(self, path: Iterable[str]) -> Iterator[str]:
        """Yield collections depth first, each once."""
        seen: set[str] = set()
        waiting = list(path)[::-1]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                yield name
                waiting.extend(reversed(self.children.get(name, ())))

    def find(self, key: Key, path: Iterable[str], day: int | None) -> Dataset | None:
        """Return the first match of a search."""
        for name in self.flatten(path):
            found = self._find_in(name, key, day)
            if found is not None:
                return found
        return None

    def _find_in(self, name: str, key: Key, day: int | None) -> Dataset | None:
        if name in self.tags:
            id_ = self.tags[name].get(key)
            return None if id_ is None else self.datasets[id_]
        if name in self.validities:
            return None if day is None else self._certified(name, key, day)
        in_run = (d for d in self.datasets.values() if d.run == name and d.key == key)
        return next(in_run, None)

    def _certified(self, name: str, key: Key, day: int) -> Dataset | None:
        for validity in self.validities[name]:
            if validity.dataset.key == key and validity.begin <= day < validity.end:
                return self.datasets[validity.dataset.id]
        return None

    def summary(self, name: str) -> list[str]:
        """Return the types that a collection and all its members may hold."""
        members = self.flatten([name])
        return sorted(set().union(*(self.summaries[member] for member in members)))

    def uses_of_type(self, name: str) -> list[Dataset]:
        return [d for d in self.datasets.values() if d.type == name]

    def add_collection(self, name: str, kind: str) -> None:
        self.kinds[name], self.docs[name], self.summaries[name] = kind, "", set()
        if kind == CHAINED:
            self.children[name] = []
        elif kind == TAGGED:
            self.tags[name] = {}
        elif kind == CALIBRATION:
            self.validities[name] = []

    def drop_collection(self, name: str) -> None:
        """Forget a collection, with its datasets if it is a RUN."""
        for dataset in [d for d in self.datasets.values() if d.run == name]:
            self.drop_dataset(dataset)
        del self.kinds[name], self.docs[name], self.summaries[name]
        self.children.pop(name, None)
        self.tags.pop(name, None)
        self.validities.pop(name, None)
        for members in self.children.values():
            members[:] = [member for member in members if member != name]

    def add_dataset(self, dataset: Dataset) -> None:
        self.datasets[dataset.id] = dataset
        self.summaries[dataset.run].add(dataset.type)
        if dataset.id in self.purged:
            self.purged.remove(dataset.id)

    def drop_dataset(self, dataset: Dataset) -> None:
        """Forget a dataset, wherever it is tagged or certified."""
        del self.datasets[dataset.id]
        self.purged.append(dataset.id)
        for tagged in self.tags.values():
            if tagged.get(dataset.key) == dataset.id:
                del tagged[dataset.key]
        for validities in self.validities.values():
            validities[:] = [v for v in validities if v.dataset.id != dataset.id]

    def drop_type(self, name: str) -> None:
        del self.types[name]
        for types in self.summaries.values():
            types.discard(name)


_made = count(1)


def new_id(random: Random) -> str:
    """Return an id that no other step has, not even one of the same seed."""
    number = (random.getrandbits(96) << 32) | next(_made)
    return str(UUID(int=number, version=4))
