"""What permanent things hold, read page by page to be compared with later.

That is all that an answer can say: data IDs, datasets with their files, the
validity ranges of calibrations, the records of a dimension.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from ...protocol.collections import CollectionType
from ...registry import Element, Member, RegisteredDatasetType
from ..policies import Thing
from ..snapshot import Collection, Snapshot

PAGE_SIZE = 200

_encoder = msgspec.msgpack.Encoder(enc_hook=str)


def units(snapshot: Snapshot) -> Iterator[Thing]:
    """Yield all things whose contents are not in a snapshot."""
    for found in snapshot.collections.by_name.values():
        if not found.is_chain:
            yield "collection", found.name
    for element in snapshot.universe.elements.values():
        if element.has_table and not element.small:
            yield "dimension", element.name


async def pages(snapshot: Snapshot, thing: Thing) -> AsyncIterator[bytes]:
    """Yield the contents of a thing, page by page, always in the same order."""
    kind, name = thing
    if kind == "dimension":
        async for rows in element_pages(snapshot, snapshot.universe.elements[name]):
            yield _encoder.encode(rows)
        return
    found = snapshot.collections.by_name[name]
    yield _encoder.encode((found.key, found.type))
    for id_ in sorted(snapshot.summary(found).dataset_type_ids):
        type_ = snapshot.dataset_types.by_id.get(id_)
        if type_ is None:
            continue
        yield _encoder.encode((id_, type_.name))
        async for members in member_pages(snapshot, found, type_):
            yield _encoder.encode(members)
        if found.type is CollectionType.CALIBRATION and type_.calibs_table is not None:
            async for rows in range_pages(snapshot, found.key, type_):
                yield _encoder.encode(rows)


async def member_pages(
    snapshot: Snapshot, found: Collection, type_: RegisteredDatasetType
) -> AsyncIterator[list[Member]]:
    """Yield the datasets of a type in a collection."""
    is_calibration = found.type is CollectionType.CALIBRATION
    after = None
    while True:
        _, members = await snapshot.reader.members(
            type_, found.key, calibrations=is_calibration, after=after, limit=PAGE_SIZE
        )
        yield members
        if len(members) < PAGE_SIZE:
            break
        after = members[-1].place


async def range_pages(
    snapshot: Snapshot, key: Any, type_: RegisteredDatasetType
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield the validity ranges of a type: end, UUID, begin."""
    after = None
    while True:
        rows, after = await snapshot.reader.validity_ranges(
            type_, key, after=after, limit=PAGE_SIZE
        )
        yield rows
        if after is None:
            return


async def element_pages(
    snapshot: Snapshot, element: Element
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield the records of an element, columns first as `RecordReader` wants them."""
    after = None
    while True:
        rows, after = await snapshot.reader.element_records(
            element, after=after, limit=PAGE_SIZE
        )
        yield rows
        if after is None:
            return
