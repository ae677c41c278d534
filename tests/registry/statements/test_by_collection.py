"""Page by page, a collection holds what is found in it one by one."""

from collections.abc import Iterator

import pytest

from butlery.cache import Collection, Repository
from butlery.protocol.collections import CollectionType
from butlery.protocol.scalars import UNBOUNDED
from butlery.registry import Member, RegisteredDatasetType

pytestmark = pytest.mark.anyio

PAGE = 3


async def read_all(
    repository: Repository, type_: RegisteredDatasetType, collection: Collection
) -> list[Member]:
    reader = (await repository.snapshot()).reader
    members: list[Member] = []
    while True:
        _, page = await reader.members(
            type_,
            collection.key,
            calibrations=collection.type is CollectionType.CALIBRATION,
            after=members[-1].place if members else None,
            limit=PAGE,
        )
        members += page
        if len(page) < PAGE:
            return members


async def all_pages(
    repository: Repository,
) -> Iterator[tuple[RegisteredDatasetType, Collection, list[Member]]]:
    snapshot = await repository.snapshot()
    read = []
    for collection in snapshot.collections.by_name.values():
        if not collection.is_chain:
            ids = snapshot.summary(collection).dataset_type_ids
            for type_ in snapshot.dataset_types.named(ids):
                members = await read_all(repository, type_, collection)
                read.append((type_, collection, members))
    return iter(read)


async def test_members_are_what_a_lookup_by_uuid_finds(repository: Repository) -> None:
    reader = (await repository.snapshot()).reader
    count = 0
    for _, _, members in await all_pages(repository):
        stored = {m.stored.id: m.stored for m in members if m.stored is not None}
        assert len(stored) == len(members)
        found = await reader.datasets(list(stored), files=True)
        assert {dataset.id: list(dataset.values or ()) for dataset in found} == {
            id_: list(dataset.values or ()) for id_, dataset in stored.items()
        }
        for one in found:
            other = stored[one.id]
            assert (one.run, one.files, one.names) == (
                other.run,
                other.files,
                other.names,
            )
        count += len(members)
    assert count > 100


async def test_members_are_what_a_lookup_by_data_id_finds(
    repository: Repository,
) -> None:
    """Of CALIBRATION collections only a time tells which dataset that is."""
    reader = (await repository.snapshot()).reader
    for type_, collection, members in await all_pages(repository):
        if collection.type is CollectionType.CALIBRATION:
            continue
        for member in members:
            _, found = await reader.find(
                type_,
                dict(zip(type_.group.required, member.values, strict=True)),
                tag_collections=[collection.key],
                calib_collections=[],
                timespan=UNBOUNDED,
                files=True,
            )
            assert found == [member.found]


async def test_no_member_is_read_twice_or_left_out(repository: Repository) -> None:
    snapshot = await repository.snapshot()
    for type_, collection, members in await all_pages(repository):
        _, whole = await snapshot.reader.members(
            type_,
            collection.key,
            calibrations=collection.type is CollectionType.CALIBRATION,
            after=None,
            limit=100_000,
        )
        assert whole == [
            *(member_at(member, rank) for rank, member in enumerate(members, 1))
        ]


def member_at(member: Member, rank: int) -> Member:
    return Member(member.values, member.found, member.stored, rank, member.place)
