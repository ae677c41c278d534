"""Data IDs as people write them: other keys, metadata, defaults, and mistakes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lsst.daf.butler import Butler, DatasetRef, DimensionRecord

from butlery import client
from tests.contract.sides import Call, Sides

DataId = dict[str, Any]


def test_alternate_keys_and_metadata_name_a_dimension(sides: Sides) -> None:
    """Each dimension of each dataset type, by every key and column of its record."""
    for ref in sides.some_types():
        for data_id in sides.some(list(_respelled(sides, ref)), 2):
            _find(sides, ref, data_id)


def test_contradictory_spellings_are_errors(sides: Sides) -> None:
    for ref in sides.some_types()[::2]:
        for name in ref.dataId.dimensions.required:
            for column, value in _columns(sides, ref, name).items():
                wrong = "wrong" if isinstance(value, str) else 12_345
                data_id = dict(ref.dataId.required)
                _find(sides, ref, data_id | {f"{name}.{column}": wrong})
                del data_id[name]
                _find(sides, ref, data_id | {f"{name}.{column}": wrong})


def test_mistaken_keys_and_values_are_the_same_errors(sides: Sides) -> None:
    for ref in sides.some_types():
        right = dict(ref.dataId.required)
        _find(sides, ref, right | {"bogus": 1})
        _find(sides, ref, right | {"bogus.column": 1})
        _find(sides, ref, {})
        for key, value in right.items():
            others = {k: v for k, v in right.items() if k != key}
            _find(sides, ref, others)
            if not {"exposure", "visit"} <= set(ref.dataId.dimensions.names):
                _find(sides, ref, others | {"seq_num": 1})
            if key not in sides.direct.dimensions.skypix_dimensions.names:
                _find(sides, ref, right | {f"{key}.bogus": 1})
            _find(sides, ref, others | {key: 7 if isinstance(value, str) else "7"})
            _find(sides, ref, others | {key: str(value)})


def test_unrelated_dimensions_are_ignored(sides: Sides) -> None:
    extra = {"skymap": "unrelated", "tract": 3, "htm7": 5, "subfilter": 1}
    for ref in sides.some_types()[::2]:
        data_id = {
            key: value
            for key, value in extra.items()
            if key not in ref.dataId.dimensions.names
        }
        _find(sides, ref, dict(ref.dataId.required) | data_id)


def test_default_data_ids_fill_in_governors(sides: Sides) -> None:
    governors = sides.direct.dimensions.governor_dimensions.names
    given: dict[str, Any] = {}
    for ref in sides.refs:
        given |= {k: v for k, v in ref.dataId.required.items() if k in governors}
    runs = sorted({ref.run for ref in sides.refs})
    for options in sides.some((given, {}, {"inferDefaults": False})):
        direct = Butler.from_config(str(sides.root), collections=runs, **options)
        remote = sides.server.butler(collections=runs, **options)
        url = sides.server.repository_url()
        light = client.Butler(url, collections=runs, **options)
        pair = replace(sides, direct=direct, remote=remote, light=light, differences=[])
        pair.ask(lambda b: b.registry.defaults.dataId, what=f"defaults {options}")
        for ref in sides.some_types():
            values = dict(ref.dataId.required)
            bare = {k: v for k, v in values.items() if k not in governors}
            name = ref.datasetType.name
            pair.ask(Call("find_dataset", name, bare))
            pair.ask(Call("find_dataset", name, **bare))
        for butler in (direct, remote, light):
            butler.close()
        sides.differences += pair.differences


def _respelled(sides: Sides, ref: DatasetRef) -> Iterator[DataId]:
    right = dict(ref.dataId.required)
    for name in ref.dataId.dimensions.required:
        columns = _columns(sides, ref, name)
        if name == "visit":
            # Of several visits of the preferred system DirectButler takes any.
            visits = _records(sides.direct, "visit")
            columns = {
                column: value
                for column, value in columns.items()
                if [getattr(visit, column) for visit in visits].count(value) == 1
            }
        rest = {key: value for key, value in right.items() if key != name}
        for column, value in columns.items():
            yield rest | {f"{name}.{column}": value}
            if _is_unambiguous(sides, ref, column):
                yield rest | {column: value}
            yield right | {f"{name}.{column}": value}
        keys = {key.name for key in sides.direct.dimensions[name].alternate_keys}
        for key in keys & columns.keys():
            yield rest | {name: columns[key]}
        yield rest | {
            column: value
            for column, value in columns.items()
            if _is_unambiguous(sides, ref, column)
        }


def _is_unambiguous(sides: Sides, ref: DatasetRef, column: str) -> bool:
    """Tell whether one dimension has it: DirectButler breaks some ties by chance."""
    owners = [
        name
        for name in ref.dataId.dimensions.names
        if name in sides.direct.dimensions.elements.names
        and column in sides.direct.dimensions[name].schema.names
    ]
    return len(owners) == 1


def _columns(sides: Sides, ref: DatasetRef, dimension: str) -> dict[str, Any]:
    """Return a record's values that a data ID could hold, but for its key."""
    if dimension in sides.direct.dimensions.skypix_dimensions.names:
        return {}  # pixels have no columns
    data_id = sides.direct.registry.expandDataId(ref.dataId)
    record = data_id.records[dimension]
    if record is None:
        return {}
    columns = {}
    for column in (*record.definition.alternate_keys, *record.definition.metadata):
        value = getattr(record, column.name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            columns[column.name] = value
    return columns


def _find(sides: Sides, ref: DatasetRef, data_id: DataId) -> None:
    name = ref.datasetType.name
    sides.ask(Call("find_dataset", name, data_id, collections=ref.run))


def _records(butler: Butler, element: str) -> list[DimensionRecord]:
    found = butler.registry.queryDimensionRecords(element)
    return sorted(found, key=lambda record: record.id)
