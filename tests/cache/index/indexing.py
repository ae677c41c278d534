"""Release indexes for tests."""

from pathlib import Path

import pytest

from butlery.cache import Policies, Policy, PolicyRule, Repository
from butlery.cache.index import IndexLibrary, Manifest, ReleaseIndex, build_index
from butlery.cache.permanence import RememberedThings
from butlery.registry import Registry

BOTH_SOURCES = pytest.mark.parametrize(
    "repository", ["database", "index"], indirect=True, scope="module"
)
EVERYTHING = Policies([PolicyRule(Policy.PERMANENT, ["*"], ["*"], ["*"])])


async def new_index(
    root: Path, folder: Path, policies: Policies = EVERYTHING
) -> Manifest:
    """Compile a repository into an index in a folder."""
    registry = Registry.from_uri(str(root))
    try:
        return await build_index(registry, policies, IndexLibrary(folder))
    finally:
        await registry.close()


async def mount_new_index(
    repository: Repository, folder: Path, policies: Policies = EVERYTHING
) -> ReleaseIndex:
    """Compile an open repository into an index, and let it answer from it."""
    root = Path(repository.registry.config.uri).parent
    manifest = await new_index(root, folder, policies)
    index = ReleaseIndex(IndexLibrary(folder).path(manifest), manifest)
    repository.permanence.mount(index, RememberedThings(None))
    return index
