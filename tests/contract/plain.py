"""Objects of daf_butler and of our client as plain values that compare by field.

Two objects are equal for the contract when their plain values are: data IDs
with their implied values and records, records with every column, sets without
an order. What a class's own `==` would overlook is spelled out here.
"""

from collections.abc import Iterable, Mapping
from enum import Flag
from typing import Any

from lsst.daf.butler import (
    CollectionInfo,
    DataCoordinate,
    DatasetRef,
    DatasetType,
    DimensionRecord,
    Timespan,
)
from lsst.daf.butler.registry import CollectionSummary
from lsst.sphgeom import Region

from butlery import client


def plain(value: Any) -> Any:
    """Return a value made of plain Python objects only."""
    for kind, convert in _CONVERTERS:
        if isinstance(value, kind):
            return convert(value)
    return value


def by_id(refs: Iterable[DatasetRef]) -> dict[str, Any]:
    """Refs of an answer whose order is unspecified."""
    return {str(ref.id): plain(ref) for ref in refs}


def by_name(values: Iterable[Any]) -> list[Any]:
    """Collections or dataset types of an answer whose order is unspecified."""
    return sorted((plain(value) for value in values), key=lambda item: item["name"])


def _ref(ref: DatasetRef) -> dict[str, Any]:
    return {
        "id": str(ref.id),
        "type": _dataset_type(ref.datasetType),
        "run": ref.run,
        "data_id": _data_id(ref.dataId),
    }


def _data_id(data_id: DataCoordinate) -> dict[str, Any]:
    records = None
    if data_id.hasRecords():
        elements = data_id.dimensions.elements
        records = {name: plain(data_id.records[name]) for name in elements}
    return {
        "dimensions": list(data_id.dimensions.names),
        "values": dict(data_id.mapping),
        "is_full": data_id.hasFull(),
        "records": records,
    }


def _record(record: DimensionRecord) -> dict[str, Any]:
    return {
        "element": record.definition.name,
        **{name: plain(value) for name, value in record.toDict().items()},
    }


def _dataset_type(dataset_type: DatasetType) -> dict[str, Any]:
    return {
        "name": dataset_type.name,
        "dimensions": list(dataset_type.dimensions.names),
        "storage_class": dataset_type.storageClass_name,
        "is_calibration": dataset_type.isCalibration(),
    }


def _collection(info: CollectionInfo) -> dict[str, Any]:
    types, parents = info.dataset_types, info.parents
    return {
        "name": info.name,
        "type": info.type.name,
        "doc": info.doc,
        "children": list(info.children),
        "parents": None if parents is None else sorted(parents),
        "dataset_types": None if types is None else sorted(types),
    }


def _summary(summary: CollectionSummary) -> dict[str, Any]:
    governors = {name: sorted(v) for name, v in summary.governors.items() if v}
    types = [plain(dataset_type) for dataset_type in summary.dataset_types]
    return {"types": sorted(types, key=lambda t: t["name"]), "governors": governors}


_CONVERTERS: tuple[tuple[Any, Any], ...] = (
    ((DatasetRef, client.DatasetRef), _ref),
    ((DataCoordinate, client.DataCoordinate), _data_id),
    ((DimensionRecord, client.DimensionRecord), _record),
    ((DatasetType, client.DatasetType), _dataset_type),
    ((CollectionInfo, client.CollectionInfo), _collection),
    (CollectionSummary, _summary),
    ((Timespan, client.Timespan), lambda span: span.nsec),
    (Flag, lambda flag: flag.value),
    (Region, lambda region: region.encode().hex()),
    (Mapping, lambda mapping: {key: plain(mapping[key]) for key in mapping}),
    ((set, frozenset), lambda values: sorted(plain(value) for value in values)),
    ((list, tuple), lambda values: [plain(value) for value in values]),
)
