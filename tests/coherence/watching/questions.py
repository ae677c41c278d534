"""What a test asks of a Butler of either kind, and the plain answer it expects.

An error that a user can meet is an answer like any other. An error of the server is
none: it ends the test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lsst.daf.butler import Butler, ButlerUserError

from tests.coherence.writer.moments import days

Answer = Any
DataId = dict[str, int | str]


class Question(Protocol):
    """One question to a Butler."""

    def ask(self, butler: Butler) -> Answer: ...


@dataclass(frozen=True)
class Observation:
    """A question, and what the answer has to be."""

    question: Question
    expected: Answer


def raised(kind: str) -> str:
    """Return the answer that stands for an exception of a class."""
    return f"raises {kind}"


def ask(question: Question, butler: Butler) -> Answer:
    try:
        return question.ask(butler)
    except (ButlerUserError, FileNotFoundError) as error:
        # A URL handed out within the bound may lead to a file that is gone.
        return raised(type(error).__name__)


@dataclass(frozen=True)
class FindDataset:
    """Which dataset a search finds; with a day, by validity ranges too."""

    dataset_type: str
    data_id: DataId
    path: Sequence[str]
    day: int | None = None

    def ask(self, butler: Butler) -> Answer:
        span = None if self.day is None else days(self.day, self.day + 0.5)
        ref = butler.find_dataset(
            self.dataset_type, self.data_id, collections=self.path, timespan=span
        )
        return None if ref is None else [str(ref.id), ref.run]


@dataclass(frozen=True)
class GetDataset:
    """What a UUID stands for."""

    id: str

    def ask(self, butler: Butler) -> Answer:
        ref = butler.get_dataset(self.id)
        if ref is None:
            return None
        return [ref.datasetType.name, dict(ref.dataId.required), ref.run]


@dataclass(frozen=True)
class ReadDataset:
    """What the file of a dataset holds."""

    dataset_type: str
    data_id: DataId
    run: str

    def ask(self, butler: Butler) -> Answer:
        return butler.get(self.dataset_type, self.data_id, collections=self.run)


@dataclass(frozen=True)
class DescribeCollection:
    """What a collection is."""

    name: str

    def ask(self, butler: Butler) -> Answer:
        info = butler.collections.get_info(self.name, include_parents=True)
        return {
            "kind": info.type.name,
            "doc": info.doc,
            "children": list(info.children),
            "parents": sorted(info.parents or ()),
        }


@dataclass(frozen=True)
class ListCollections:
    """Which names a glob matches."""

    glob: str

    def ask(self, butler: Butler) -> Answer:
        return sorted(butler.collections.query(self.glob))


@dataclass(frozen=True)
class SummarizeCollection:
    """Which dataset types a collection may hold."""

    name: str

    def ask(self, butler: Butler) -> Answer:
        summary = butler.registry.getCollectionSummary(self.name)
        return sorted(type_.name for type_ in summary.dataset_types)


@dataclass(frozen=True)
class DescribeType:
    """What a dataset type is."""

    name: str

    def ask(self, butler: Butler) -> Answer:
        forget_dataset_types(butler)
        type_ = butler.get_dataset_type(self.name)
        return {
            "dimensions": sorted(type_.dimensions.required),
            "storage_class": type_.storageClass_name,
            "is_calibration": type_.isCalibration(),
        }


@dataclass(frozen=True)
class ExpandDataId:
    """What one field of a data ID's record says."""

    data_id: DataId
    element: str
    field: str

    def ask(self, butler: Butler) -> Answer:
        expanded = butler.registry.expandDataId(self.data_id)
        record = expanded.records[self.element]
        return None if record is None else record.toDict()[self.field]


def forget_dataset_types(butler: Butler) -> None:
    """Make the stock client ask again: it keeps dataset types for its lifetime."""
    cache = getattr(butler, "_cache", None)
    if cache is not None:
        with cache.access() as kept:
            kept.dataset_types.clear()
