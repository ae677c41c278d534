"""What an index says of things that have changed since it was read is not believed."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from butlery.cache import (
    IndexPlace,
    Pace,
    Policies,
    Policy,
    PolicyRule,
    Repository,
    Trail,
)
from butlery.cache.index import IndexLibrary, Manifest
from butlery.cache.index.manifest import MANIFEST_SUFFIX, encode_manifest
from butlery.cache.operations.invalidation import invalidate
from butlery.protocol.admin import InvalidateRequest
from butlery.protocol.dimensions import RequestDataId
from butlery.registry import RepositoryError
from tests.cache.index.indexing import EVERYTHING, new_index
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio

RUN, TAGGED = "imported_g", "tagged/own"
BIAS: RequestDataId = {"instrument": "Cam1", "detector": 1}


async def opened(
    stack: AsyncExitStack,
    own: OwnRepository,
    folder: Path,
    policies: Policies = EVERYTHING,
) -> Repository:
    repository = Repository.from_uri(
        "repo",
        str(own.root),
        policies=policies,
        pace=Pace(3600, 3600, 1.0),
        poll_seconds=0,
        deadline_seconds=30.0,  # a check that fails is not repeated for an hour
        state_directory=folder / "state",
        indexes=IndexPlace(folder / "indexes", check_seconds=0.05),
    )
    stack.push_async_callback(repository.close)
    await repository.open()
    for _ in range(3000):
        if repository.is_ready and repository.self_check.passes:
            return repository
        await asyncio.sleep(0.02)
    raise TimeoutError


async def is_indexed(repository: Repository, collections: Iterable[str]) -> bool:
    trail = Trail()
    found = await repository.find_dataset(
        "bias", BIAS, {}, list(collections), None, trail=trail
    )
    assert found is not None
    return bool(trail.indexed)


def tag(own: OwnRepository) -> None:
    with Butler.from_config(str(own.root), writeable=True) as butler:
        butler.collections.register(TAGGED, CollectionType.TAGGED)
        ref = butler.find_dataset("bias", BIAS, collections=RUN)
        assert ref is not None
        butler.registry.associate(TAGGED, [ref])


def antedate(folder: Path, manifest: Manifest, seconds: float) -> None:
    """Make an index one that was read earlier."""
    read_at = manifest.read_at - timedelta(seconds=seconds)
    older = msgspec.structs.replace(manifest, read_at=read_at)
    path = folder / "indexes" / f"{manifest.name}{MANIFEST_SUFFIX}"
    path.chmod(0o644)
    path.write_bytes(encode_manifest(older))


async def test_run_that_has_been_overruled_is_so_in_tagged_collections_too(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    tag(own_repository)
    await new_index(own_repository.root, tmp_path / "indexes")
    repository = await opened(closing_stack, own_repository, tmp_path)
    assert await is_indexed(repository, [TAGGED])
    await invalidate(repository, InvalidateRequest(collections=[RUN]))
    assert not await is_indexed(repository, [TAGGED])
    assert not await is_indexed(repository, [RUN])


async def test_permanent_collection_is_no_more_permanent_than_the_runs_in_it(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    tag(own_repository)
    policies = Policies([PolicyRule(Policy.PERMANENT, ["tagged/*"], ["*"], ["*"])])
    await new_index(own_repository.root, tmp_path / "indexes", policies)
    repository = await opened(closing_stack, own_repository, tmp_path, policies)
    assert not await is_indexed(repository, [TAGGED])
    kinds = {policy for kind, policy in repository.answers.counts if kind == "find"}
    assert kinds == {"dynamic"}


async def test_mark_that_is_given_back_stays(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    await new_index(own_repository.root, tmp_path / "indexes")
    repository = await opened(closing_stack, own_repository, tmp_path)
    repository.permanence.unmark([("collection", RUN)], "test")
    request = InvalidateRequest(collections=[RUN], mark_permanent=True)
    await invalidate(repository, request)
    own_repository.execute(
        "UPDATE file_datastore_records SET file_size = file_size + 1"
    )
    await invalidate(repository, request)
    await repository.self_check.check_contents()
    assert ("collection", RUN) not in repository.permanence.policies.unmarked
    assert not await is_indexed(repository, [RUN])


async def test_index_that_was_read_before_a_thing_was_forgotten_is_not_asked_about_it(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    """Whichever index was mounted then, if any was."""
    (tmp_path / "indexes").mkdir()
    repository = await opened(closing_stack, own_repository, tmp_path)
    await invalidate(repository, InvalidateRequest(collections=[RUN]))
    await repository.close()
    manifest = await new_index(own_repository.root, tmp_path / "indexes")
    antedate(tmp_path, manifest, 3600)
    again = await opened(closing_stack, own_repository, tmp_path)
    assert again.mount.index is not None
    assert not await is_indexed(again, [RUN])


async def test_index_older_than_one_that_was_in_use_is_not_mounted(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    narrow = Policies([PolicyRule(Policy.PERMANENT, [RUN], ["*"], ["*"])])
    older = await new_index(own_repository.root, tmp_path / "indexes", narrow)
    antedate(tmp_path, older, 3600)
    newer = await new_index(own_repository.root, tmp_path / "indexes")
    repository = await opened(closing_stack, own_repository, tmp_path)
    assert repository.indexes is not None
    assert repository.indexes.mounted == newer
    await repository.close()
    IndexLibrary(tmp_path / "indexes").path(newer).unlink()
    again = await opened(closing_stack, own_repository, tmp_path)
    assert again.mount.index is None


async def test_collection_that_was_removed_is_not_what_it_was_when_it_comes_back(
    own_repository: OwnRepository, closing_stack: AsyncExitStack, tmp_path: Path
) -> None:
    tag(own_repository)
    await new_index(own_repository.root, tmp_path / "indexes")
    repository = await opened(closing_stack, own_repository, tmp_path)
    assert await is_indexed(repository, [TAGGED])
    with Butler.from_config(str(own_repository.root), writeable=True) as butler:
        butler.collections.x_remove(TAGGED)
        await repository.snapshot()
        butler.collections.register(TAGGED, CollectionType.TAGGED)
    await repository.snapshot()
    trail = Trail()
    found = await repository.find_dataset("bias", BIAS, {}, [TAGGED], None, trail=trail)
    assert found is None


async def test_repository_that_could_not_be_opened_can_be_when_it_is_mended(
    own_repository: OwnRepository, tmp_path: Path, closing_stack: AsyncExitStack
) -> None:
    """With all its marks: what cannot be read must not be forgotten."""
    await new_index(own_repository.root, tmp_path / "indexes")
    repository = await opened(closing_stack, own_repository, tmp_path)
    repository.permanence.unmark([("collection", RUN)], "test")
    await repository.close()
    (file,) = (tmp_path / "state").glob("*.unmarked.json")
    text = file.read_bytes()
    file.write_bytes(b"torn")
    broken = Repository.from_uri(
        "repo",
        str(own_repository.root),
        policies=EVERYTHING,
        state_directory=tmp_path / "state",
        indexes=IndexPlace(tmp_path / "indexes"),
    )
    closing_stack.push_async_callback(broken.close)
    with pytest.raises(RepositoryError, match="unmarked"):
        await broken.open()
    assert not broken.is_open
    file.write_bytes(text)
    await broken.open()
    assert ("collection", RUN) in broken.permanence.policies.unmarked
    assert not await is_indexed(broken, [RUN])
