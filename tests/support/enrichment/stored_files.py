"""Datasets with real files of every sort that needs no pipeline package.

They are in `files/run` (put), `files/direct` (one file outside the repository,
named by its absolute path) and `files/zipped` (members of one zip).
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.table import Table
from lsst.daf.butler import (
    Butler,
    DataCoordinate,
    DatasetRef,
    DatasetType,
    FileDataset,
)
from lsst.daf.butler._collection_type import CollectionType
from lsst.daf.butler.formatters.json import JsonFormatter
from lsst.daf.butler.tests import MetricsExample

from .datasets import find_data_ids

FILES_RUN = "files/run"
DIRECT_RUN = "files/direct"
ZIPPED_RUN = "files/zipped"


def _metric(number: int) -> MetricsExample:
    return MetricsExample({"n": number}, {"path": "a/b"}, [1, 2, number])


_CONTENTS: dict[str, tuple[str, Callable[[int], Any]]] = {
    "note_yaml": ("StructuredDataDict", lambda n: {"number": n, "text": "Öl"}),
    "note_json": ("StructuredDataDictJson", lambda n: {"number": n}),
    "note_list": ("StructuredDataList", lambda n: [n, 1.5, None, "x"]),
    "image": ("NumpyArray", lambda n: np.arange(6.0).reshape(2, 3) + n),
    "table": ("ArrowAstropy", lambda n: Table({"a": [n, 2], "b": ["x", "y"]})),
    "arrow": ("ArrowTable", lambda n: pa.table({"a": [n, 2], "b": [0.5, 1.5]})),
    "metric": ("MetricWhole", _metric),
    "metric_apart": ("MetricApart", _metric),
}


def add_files(butler: Butler, outside: Path) -> None:
    for run in (FILES_RUN, DIRECT_RUN, ZIPPED_RUN):
        butler.collections.register(run, CollectionType.RUN)
    data_ids = find_data_ids(butler, ["detector"])
    for name, (storage_class, make) in _CONTENTS.items():
        dataset_type = _register(butler, name, storage_class)
        for number, data_id in enumerate(data_ids[:2]):
            ref = DatasetRef(dataset_type, data_id, run=FILES_RUN)
            butler.put(make(number), ref)
    _put_by_visit(butler)
    _ingest_direct(butler, outside, data_ids[0])
    _ingest_zipped(butler, data_ids)


def _register(
    butler: Butler, name: str, storage_class: str, dimension: str = "detector"
) -> DatasetType:
    universe = butler.dimensions
    dataset_type = DatasetType(name, [dimension], storage_class, universe=universe)
    butler.registry.registerDatasetType(dataset_type)
    return dataset_type


def _put_by_visit(butler: Butler) -> None:
    """Put files below visits, whose paths are long and name implied values."""
    dataset_type = _register(butler, "visit_note", "StructuredDataDict", "visit")
    for number, data_id in enumerate(find_data_ids(butler, ["visit"])[:2]):
        ref = DatasetRef(dataset_type, data_id, run=FILES_RUN)
        butler.put({"visit": number}, ref)


def _ingest_direct(butler: Butler, outside: Path, data_id: DataCoordinate) -> None:
    outside.mkdir(exist_ok=True)
    path = outside / "a note with spaces + signs.json"
    path.write_text(json.dumps({"kept": "outside"}), encoding="utf-8")
    dataset_type = butler.get_dataset_type("note_json")
    ref = DatasetRef(dataset_type, data_id, run=DIRECT_RUN)
    file = FileDataset(path=str(path), refs=[ref], formatter=JsonFormatter)
    butler.ingest(file, transfer="direct")


def _ingest_zipped(butler: Butler, data_ids: list[DataCoordinate]) -> None:
    """Put, zip what was put, forget the single files, and ingest the zip."""
    dataset_type = butler.get_dataset_type("note_json")
    refs = [DatasetRef(dataset_type, d, run=ZIPPED_RUN) for d in data_ids]
    for number, ref in enumerate(refs):
        butler.put({"zipped": number}, ref)
    with tempfile.TemporaryDirectory() as directory:
        zipped = butler.retrieve_artifacts_zip(refs, destination=directory)
        butler.pruneDatasets(refs, disassociate=True, unstore=True, purge=True)
        butler.ingest_zip(zipped, transfer="copy")
