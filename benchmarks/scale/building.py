"""Builds indexes of made-up releases without a database, and measures that."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from hashlib import shake_128
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from butlery.cache import Policies, Policy, PolicyRule
from butlery.cache.index import Manifest, ReleaseIndex
from butlery.cache.index.building import IndexWriter
from butlery.cache.index.layout import FORMAT
from butlery.registry import Contents, RecordReader, Registry

from .clock import Clock
from .datasets import Datasets, all_datasets
from .memory import sampled
from .plan import KINDS, PATCHES, SKYMAP

EVERYTHING = Policies([PolicyRule(Policy.PERMANENT, ["*"], ["*"], ["*"])])
_BATCH = 5_000
_REGION_BYTES = 97  # of a convex polygon with four corners


class Built(msgspec.Struct, frozen=True):
    """What a build took.

    Parameters
    ----------
    cpu_seconds, seconds
        Without making the rows up.
    slowness
        See `Clock`.
    megabytes
        This process's own memory, before and all the time.
    """

    count: int
    cpu_seconds: float
    seconds: float
    slowness: float
    size_bytes: int
    megabytes: list[float]


def contents_of(root: Path) -> Contents:
    """Return the definitions of a repository."""

    async def read() -> Contents:
        registry = Registry.from_uri(str(root))
        try:
            return await registry.open()
        finally:
            await registry.close()

    return asyncio.run(read())


def datasets_of(contents: Contents, total: int, release: int = 0) -> list[Datasets]:
    """Return the datasets of a release, with the keys that its RUNs have there."""
    rows = contents.rows[contents.schema.collection.name]
    keys = {name: key for key, name, *_ in rows}
    runs = [keys[kind.run(release)] for kind in KINDS]
    return all_datasets(total, runs, release)


def build_datasets(path: Path, contents: Contents, of: Sequence[Datasets]) -> Built:
    """Build an index of datasets."""
    with IndexWriter(path, contents, EVERYTHING) as writer, sampled() as megabytes:
        types = {type_.name: type_ for type_ in writer.types}
        clock = Clock()
        for datasets in of:
            type_ = types[datasets.kind.name]
            for rows in datasets.batches(_BATCH):
                with clock:
                    writer.add_datasets(type_, [(*r[:2], *r[9:]) for r in rows])
                    writer.add_files([(r[1], *r[2:9]) for r in rows])
        with clock:
            writer.write()
    count = sum(each.count for each in of)
    return _built(count, clock, path, megabytes)


def build_records(path: Path, contents: Contents, tracts: int) -> Built:
    """Build an index of tracts and their patches."""
    with IndexWriter(path, contents, EVERYTHING) as writer, sampled() as megabytes:
        clock = Clock()
        for element in writer.elements:
            if element.name not in {"tract", "patch"}:
                continue
            names = RecordReader(element).names
            is_patch = element.name == "patch"
            make, each = (_patch, PATCHES) if is_patch else (_tract, 1)
            records = map(make, range(tracts * each))
            coming = (tuple(record[name] for name in names) for record in records)
            for rows in _batches(coming):
                with clock:
                    writer.add_records(element, rows)
        with clock:
            writer.write()
    count = tracts * (PATCHES + 1)
    return _built(count, clock, path, megabytes)


def opened(path: Path) -> ReleaseIndex:
    """Open an index that was built here, which has no manifest."""
    manifest = Manifest(
        name=path.stem,
        format=FORMAT,
        repository="",
        namespace=None,
        universe="",
        universe_version=0,
        moment="",
        collections=0,
        datasets=0,
        files=0,
        certifications=0,
        records={},
        size_bytes=path.stat().st_size,
        digest="",
    )
    return ReleaseIndex(path, manifest)


def _built(count: int, clock: Clock, path: Path, megabytes: list[float]) -> Built:
    size = path.stat().st_size
    return Built(count, clock.cpu, clock.seconds, clock.slowness, size, megabytes)


def _tract(number: int) -> dict[str, Any]:
    return {"skymap": SKYMAP, "id": number, "region": _region(number)}


def _patch(number: int) -> dict[str, Any]:
    tract, patch = divmod(number, PATCHES)
    cell_y, cell_x = divmod(patch, 10)
    return {
        "skymap": SKYMAP,
        "tract": tract,
        "id": patch,
        "cell_x": cell_x,
        "cell_y": cell_y,
        "region": _region(number),
    }


def _region(number: int) -> str:
    """Return as many digits as a polygon has; nobody looks at them here."""
    return shake_128(number.to_bytes(8, "big")).hexdigest(_REGION_BYTES)


def _batches(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    coming = iter(rows)
    while batch := list(islice(coming, _BATCH)):
        yield batch
