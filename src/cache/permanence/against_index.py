"""Compares what the database has now with what a release index says.

Every row of the database must be in the index, and the index may have no more: then
both say the same of a thing.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from ...protocol.collections import CollectionType
from ...registry import Element, Member, RecordReader, RegisteredDatasetType
from ..index import ReleaseIndex
from ..policies import Thing
from ..snapshot import Collection, Snapshot
from .contents import element_pages, member_pages, range_pages


async def agreements(
    index: ReleaseIndex, snapshot: Snapshot, thing: Thing
) -> AsyncIterator[bool]:
    """Yield, page by page, whether a thing is in the database as it is in an index."""
    kind, name = thing
    if kind == "dimension":
        async for agrees in _records(index, snapshot.universe.elements[name], snapshot):
            yield agrees
        return
    found = snapshot.collections.by_name[name]
    numbers = {
        (type_.id, type_.name, type_.required): n
        for n, type_ in enumerate(index.tables.types)
    }
    for id_ in sorted(snapshot.summary(found).dataset_type_ids):
        type_ = snapshot.dataset_types.by_id.get(id_)
        if type_ is None:
            continue
        number = numbers.get((id_, type_.name, type_.group.required))
        if number is None:
            continue  # it is not asked about this type
        async for agrees in _of_type(index, snapshot, found, type_, number):
            yield agrees


def is_indexed(index: ReleaseIndex, snapshot: Snapshot, thing: Thing) -> bool:
    """Tell whether an index has a thing at all."""
    kind, name = thing
    if kind == "dimension":
        return name in index.elements
    found = snapshot.collections.by_name.get(name)
    if found is None or index.collections.get(found.key) != (found.name, found.type):
        return False
    is_calibration = found.type is CollectionType.CALIBRATION
    of = index.calibration_positions if is_calibration else index.positions
    return found.key in of


async def _of_type(
    index: ReleaseIndex,
    snapshot: Snapshot,
    found: Collection,
    type_: RegisteredDatasetType,
    number: int,
) -> AsyncIterator[bool]:
    is_calibration = found.type is CollectionType.CALIBRATION
    position = len(index.positions) if is_calibration else 0
    of = index.calibration_positions if is_calibration else index.positions
    position += of[found.key]
    count = 0
    async for members in member_pages(snapshot, found, type_):
        if is_calibration:
            yield all(_has_dataset(index, number, member) for member in members)
        else:
            count += len(members)
            yield all(_has_member(index, number, position, m) for m in members)
    if is_calibration:
        async for rows in range_pages(snapshot, found.key, type_):
            count += len(rows)
            yield all(_has_range(index, number, of[found.key], row) for row in rows)
    yield count == index.counts.get((position, number), 0)


def _has_member(
    index: ReleaseIndex, number: int, position: int, member: Member
) -> bool:
    entry = (position, member.found.id.bytes)
    is_there = entry in index.find(number, member.values)
    return is_there and _has_dataset(index, number, member)


def _has_dataset(index: ReleaseIndex, number: int, member: Member) -> bool:
    dataset = index.dataset(member.found.id.bytes)
    return dataset is not None and (
        (number, member.found.run, list(member.values), member.found.files)
        == (dataset.dataset_type, dataset.run, dataset.values, dataset.files)
    )


def _has_range(
    index: ReleaseIndex, number: int, position: int, row: Sequence[Any]
) -> bool:
    end, id_, begin = row
    dataset = index.dataset(id_.bytes, files=False)
    if dataset is None:
        return False
    entry = (position, begin, end, id_.bytes)
    return entry in index.certifications(number, dataset.values)


async def _records(
    index: ReleaseIndex, element: Element, snapshot: Snapshot
) -> AsyncIterator[bool]:
    count, reader = 0, RecordReader(element)
    async for rows in element_pages(snapshot, element):
        count += len(rows)
        yield all(_has_record(index, reader, row) for row in rows)
    yield count == index.manifest.records[element.name]


def _has_record(index: ReleaseIndex, reader: RecordReader, row: Sequence[Any]) -> bool:
    element = reader.element
    record = reader.read(row[: reader.width])
    return index.record(element.name, row[: len(element.required)]) == record
