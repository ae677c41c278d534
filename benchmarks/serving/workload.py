"""What is asked, learned from the repository itself through a direct Butler.

Every question carries what its answer must contain, as the Butler sees it, so
that a server cannot be fast by being wrong.
"""

import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from benchmarks.load.requests import Request

from .datasets import Dataset, sample_datasets


class Question(msgspec.Struct, frozen=True):
    """A request, and pieces that the right answer holds."""

    request: Request
    expected: tuple[bytes, ...]


class Operation(msgspec.Struct, frozen=True):
    """One endpoint and the questions put to it."""

    name: str
    questions: list[Question]


def learn(repository: Path, label: str, seed: int = 1) -> list[Operation]:
    """Read ``repository`` and compose the questions of every operation."""
    from lsst.daf.butler import Butler

    with Butler.from_config(str(repository)) as butler:
        datasets = sample_datasets(butler, random.Random(seed))
        types = [t.name for t in butler.registry.queryDatasetTypes()]
        collections = list(butler.collections.query("*", flatten_chains=False))
    ask = _Asker(f"/api/butler/repo/{quote(label)}/v1")
    observed = [dataset for dataset in datasets if not dataset.is_calibration]
    return [
        Operation("find_dataset", [ask.find_dataset(d) for d in datasets]),
        Operation("get_dataset", [ask.get_dataset(d) for d in datasets]),
        Operation("get_file", [ask.get_file(d) for d in datasets]),
        Operation("get_file_by_data_id", [ask.file_by_data_id(d) for d in observed]),
        Operation("expand_data_id", [ask.expand(d) for d in datasets if d.data_id]),
        Operation("dataset_type", [ask.dataset_type(name) for name in types]),
        Operation("universe", [ask.universe()]),
        Operation("query_collection_info", [ask.collection(c) for c in collections]),
    ]


class _Asker:
    """Composes requests as the stock client does.

    Parameters
    ----------
    root
        Path that every endpoint's path begins with.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def find_dataset(self, dataset: Dataset) -> Question:
        body = _lookup(dataset) | {"dimension_records": False}
        return self._post("find_dataset", body, dataset.id)

    def file_by_data_id(self, dataset: Dataset) -> Question:
        return self._post(
            "get_file_by_data_id", _lookup(dataset), dataset.id, "file_info"
        )

    def get_dataset(self, dataset: Dataset) -> Question:
        path = f"dataset/{dataset.id}?dimension_records=false"
        return self._get(path, dataset.id, dataset.type)

    def get_file(self, dataset: Dataset) -> Question:
        return self._get(f"get_file/{dataset.id}", dataset.id, "file_info")

    def expand(self, dataset: Dataset) -> Question:
        return self._post("expand_data_id", {"data_id": dataset.data_id}, "definition")

    def dataset_type(self, name: str) -> Question:
        return self._get(f"dataset_type/{quote(name, safe='')}", name)

    def universe(self) -> Question:
        return self._get("universe", "elements")

    def collection(self, name: str) -> Question:
        body = {
            "expression": [name],
            "collection_types": [1, 2, 3, 4],
            "flatten_chains": False,
            "include_chains": True,
            "include_parents": False,
            "include_summary": False,
            "include_doc": True,
            "summary_datasets": None,
        }
        return self._post("query_collection_info", body, name)

    def _get(self, path: str, *expected: str) -> Question:
        return Question(Request("GET", f"{self._root}/{path}"), _quoted(expected))

    def _post(self, path: str, body: dict[str, Any], *expected: str) -> Question:
        raw = msgspec.Raw(msgspec.json.encode(body))
        request = Request("POST", f"{self._root}/{path}", raw)
        return Question(request, _quoted(expected))


def _lookup(dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset_type": dataset.type,
        "data_id": dataset.data_id,
        "default_data_id": {},
        "collections": [dataset.collection],
        "timespan": None,
    }


def _quoted(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(msgspec.json.encode(text) for text in texts)
