"""One content, put into the fake server and into a repository of daf_butler."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

# Public, but not exported in the way that mypy asks for.
from lsst.daf.butler import (  # type: ignore[attr-defined]
    Butler,
    CollectionType,
    DatasetRef,
    DatasetType,
    FileDataset,
)
from lsst.daf.butler.formatters.json import JsonFormatter

from butlery.client.testing import FakeButlerServer

RECORDS: list[tuple[str, dict[str, Any]]] = [
    (
        "instrument",
        {
            "name": "Cam",
            "visit_max": 100,
            "visit_system": 1,
            "exposure_max": 100,
            "detector_max": 4,
            "class_name": "lsst.pipe.base.Instrument",
        },
    ),
    ("detector", {"instrument": "Cam", "id": 1, "full_name": "Aa", "purpose": "S"}),
    ("detector", {"instrument": "Cam", "id": 2, "full_name": "Ab", "raft": "A"}),
    ("physical_filter", {"instrument": "Cam", "name": "Cam-I", "band": "i"}),
    ("day_obs", {"instrument": "Cam", "id": 20250101}),
    (
        "visit",
        {
            "instrument": "Cam",
            "id": 7,
            "name": "seven",
            "physical_filter": "Cam-I",
            "day_obs": 20250101,
            "exposure_time": 30.0,
        },
    ),
]
TYPES = [
    ("bias", ["instrument", "detector"]),
    ("summary", ["visit"]),
    ("notes", []),
    ("unused", ["skymap"]),
]
RUNS = [("runs/first", "The first."), ("runs/second", ""), ("other", "")]
CHAINS = [
    ("chain/inner", ["runs/second"], "Within."),
    ("chain/outer", ["chain/inner", "runs/first"], ""),
]
DATASETS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("bias", {"instrument": "Cam", "detector": 1}, "runs/first", {"level": 1}),
    ("bias", {"instrument": "Cam", "detector": 2}, "runs/first", {"level": 2}),
    ("bias", {"instrument": "Cam", "detector": 2}, "runs/second", {"level": [3]}),
    ("summary", {"instrument": "Cam", "visit": 7}, "runs/second", {"seeing": 0.7}),
    ("notes", {}, "other", {"a": "b" * 5000}),
]
IDS = [UUID(int=2**100 + number) for number in range(len(DATASETS))]


def fill(server: FakeButlerServer) -> None:
    for element, record in RECORDS:
        server.add_dimension_records(element, record)
    for name, dimensions in TYPES:
        server.add_dataset_type(name, dimensions, "StructuredDataDict")
    for name, doc in RUNS:
        server.add_collection(name, doc)
    for name, children, doc in CHAINS:
        server.add_chain(name, children, doc)
    for number, dataset in zip(IDS, DATASETS, strict=True):
        server.add_dataset(*dataset, id=number)


def make_repository(root: Path) -> Path:
    Butler.makeRepo(str(root))
    with Butler.from_config(str(root), writeable=True) as butler:
        for element, record in RECORDS:
            butler.registry.insertDimensionData(element, record)
        for name, dimensions in TYPES:
            kind = DatasetType(
                name, dimensions, "StructuredDataDict", universe=butler.dimensions
            )
            butler.registry.registerDatasetType(kind)
        for name, doc in RUNS:
            butler.collections.register(name, doc=doc)
        for name, children, doc in CHAINS:
            butler.collections.register(name, CollectionType.CHAINED, doc=doc)
            butler.collections.redefine_chain(name, children)
        for number, dataset in zip(IDS, DATASETS, strict=True):
            _ingest(butler, root.parent / f"{number}.json", number, *dataset)
    return root


def _ingest(
    butler: Butler,
    path: Path,
    number: UUID,
    kind: str,
    data_id: Any,
    run: str,
    value: Any,
) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))
    found = butler.get_dataset_type(kind)
    full = butler.registry.expandDataId(data_id, dimensions=found.dimensions)
    ref = DatasetRef(found, full, run=run, id=number)
    file = FileDataset(str(path), [ref], formatter=JsonFormatter)
    butler.ingest(file, transfer="move")
