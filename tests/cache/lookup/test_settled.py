"""What is permanent is answered from old definitions; nothing else is."""

from contextlib import AsyncExitStack

import pytest
from lsst.daf.butler import Butler, DatasetRef, DatasetType

from butlery.cache import Policy, PolicyRule, Repository
from butlery.protocol.errors import MissingCollectionError
from tests.cache.writing import BIAS, OTHER_BIAS, open_with, put, write
from tests.registry.opening import OwnRepository, copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf

pytestmark = pytest.mark.anyio

RELEASES = PolicyRule(Policy.PERMANENT, ["release/*"], ["*"], ["*"])


async def test_new_collection_is_found_at_once(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository = await open_with(closing_stack, own_repository, RELEASES)
    ref = await write(own_repository, lambda butler: put(butler, "user/new", BIAS))
    found = await repository.find_dataset("bias", BIAS, {}, ["user/new"], None)
    assert found is not None
    assert found.id == ref.id


async def test_new_dataset_type_is_found_at_once(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    def put_newly(butler: Butler) -> DatasetRef:
        type_ = DatasetType(
            "newly",
            ("instrument", "detector"),
            "StructuredDataDict",
            universe=butler.dimensions,
        )
        butler.registry.registerDatasetType(type_)
        return put(butler, "runs/first", BIAS, "newly")

    repository = await open_with(closing_stack, own_repository, RELEASES)
    ref = await write(own_repository, put_newly)
    found = await repository.find_dataset("newly", BIAS, {}, ["runs/first"], None)
    assert found is not None
    assert found.id == ref.id


async def open_and_remove(
    own: OwnRepository, stack: AsyncExitStack
) -> tuple[Repository, DatasetRef]:
    """Return a repository that has kept answers of a permanent RUN that is gone."""
    ref = await write(own, lambda butler: put(butler, "release/1", BIAS))
    repository = await open_with(stack, own, RELEASES)
    assert await repository.get_dataset(ref.id) is not None
    for data_id, is_there in ((BIAS, True), (OTHER_BIAS, False)):
        found = await repository.find_dataset("bias", data_id, {}, ["release/1"], None)
        assert (found is not None) == is_there
    await repository.self_check.check_definitions()
    await write(own, lambda butler: butler.removeRuns(["release/1"]))
    await repository.self_check.check_definitions()
    return repository, ref


async def test_removed_permanent_run_is_not_found(
    own_repository: OwnRepository, closing_stack: AsyncExitStack
) -> None:
    repository, ref = await open_and_remove(own_repository, closing_stack)
    assert await repository.get_dataset(ref.id) is None
    with pytest.raises(MissingCollectionError):
        await repository.find_dataset("bias", BIAS, {}, ["release/1"], None)


async def test_key_that_is_used_again_never_answers_for_another_collection(
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
    closing_stack: AsyncExitStack,
) -> None:
    # Keys of PostgreSQL are never used again.
    own = copy_repository(repositories, postgres, "sqlite")
    repository, _ = await open_and_remove(own, closing_stack)
    data_ids = (BIAS, OTHER_BIAS)
    refs = await write(
        own, lambda butler: [put(butler, "user/other", each) for each in data_ids]
    )
    await repository.keeper.check()
    for ref, data_id in zip(refs, data_ids, strict=True):
        found = await repository.find_dataset("bias", data_id, {}, ["user/other"], None)
        assert found is not None
        assert (found.id, found.run) == (ref.id, "user/other")
