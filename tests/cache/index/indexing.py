"""Release indexes for tests."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from butlery.cache import Policies, Policy, PolicyRule, Repository
from butlery.cache.index import IndexLibrary, Manifest, ReleaseIndex, build_index
from butlery.cache.index.layout import FORMAT
from butlery.cache.index.manifest import (
    MANIFEST_SUFFIX,
    digest_of_chunks,
    name_of,
)
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
    index = ReleaseIndex.open(IndexLibrary(folder).path(manifest), manifest)
    repository.permanence.mount(index)
    return index


def publish_bytes(
    library: IndexLibrary, content: bytes, repository: str = "a1b2", **fields: Any
) -> Manifest:
    """Publish what is no index inside, but looks like one from outside."""
    digest = digest_of_chunks([content])
    manifest = Manifest(
        name=name_of(repository, digest),
        format=FORMAT,
        repository=repository,
        namespace=None,
        universe="daf_butler",
        universe_version=8,
        moment="1",
        collections=1,
        datasets=1,
        files=1,
        certifications=0,
        records={},
        size_bytes=len(content),
        digest=digest,
    )
    manifest = msgspec.structs.replace(manifest, **fields)
    with library.workplace() as work:
        (work / "index").write_bytes(content)
        library.publish(work / "index", manifest)
    return manifest


def litter(folder: Path) -> list[str]:
    """Return the names of all files that belong to no complete index."""
    names = {p.name for p in folder.iterdir()} - {".lock", ".fetching"}
    whole = {n.removesuffix(MANIFEST_SUFFIX) for n in names if MANIFEST_SUFFIX in n}
    return sorted(n for n in names if n.partition(".")[0] not in whole)
