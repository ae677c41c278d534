"""Builds a release index from one state of a database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from ...protocol.errors import BadRequestError
from ...registry import Batch, BulkReader, Registry, bulk_reader, sqlite_copy
from ..policies import Policies
from .layout import FORMAT
from .library import IndexLibrary
from .manifest import Manifest, digest_of
from .writer import IndexWriter


@dataclass(slots=True)
class Building:
    """How far a build has come.

    Parameters
    ----------
    step, steps
        What is being read, and how many such steps there are.
    doing
        The step in words.
    rows
        Read so far.
    """

    step: int = 0
    steps: int = 0
    doing: str = ""
    rows: int = 0


Report = Callable[[Building], None]


async def build_index(
    registry: Registry,
    policies: Policies,
    library: IndexLibrary,
    report: Report = lambda _: None,
) -> Manifest:
    """Compile all that is permanent in a repository, and publish it.

    Raises
    ------
    BadRequestError
        If nothing is permanent.
    RepositoryError, UnavailableError
        If the repository cannot be read.
    OSError
        If the index cannot be written.
    """
    with library.workplace() as work:
        async with _one_state(registry, work) as reader:
            path = work / "index"
            with IndexWriter(path, reader.contents, policies) as writer:
                if not (writer.runs or writer.tagged or writer.calibrations):
                    raise BadRequestError(
                        "No collection is permanent: there is nothing to compile. "
                        "Name some in a policy of the configuration."
                    )
                await _read(reader, writer, report)
                writer.write()
        manifest = _manifest(registry, reader, writer, path)
        library.publish(path, manifest)
    return manifest


@asynccontextmanager
async def _one_state(registry: Registry, work: Path) -> AsyncIterator[BulkReader]:
    if registry.database.dialect != "sqlite":
        async with bulk_reader(registry) as reader:
            yield reader
        return
    # Reading the file itself would keep writers from committing all the time.
    copy = work / "copy.sqlite3"
    sqlite_copy(registry, copy)
    await registry.open()
    url: URL = registry.config.database.set(database=str(copy))
    copied = Registry(replace(registry.config, database=url))
    try:
        async with bulk_reader(copied) as reader:
            yield reader
    finally:
        await copied.close()
        copy.unlink(missing_ok=True)


async def _read(reader: BulkReader, writer: IndexWriter, report: Report) -> None:
    progress = Building(steps=len(writer.types) + len(writer.elements))

    async def take(batches: AsyncIterator[Batch], add: Callable[[Batch], None]) -> None:
        async for batch in batches:
            add(batch)
            progress.rows += len(batch)
            report(progress)

    def begin(what: str) -> None:
        progress.step += 1
        progress.doing = what
        report(progress)

    for type_ in writer.types:
        begin(type_.name)
        runs, tagged, calibrations = (
            reader.holding(type_, keys)
            for keys in (writer.runs, writer.tagged, writer.calibrations)
        )
        if runs:
            found = reader.datasets(type_, runs)
            await take(found, partial(writer.add_datasets, type_))
        if tagged:
            found = reader.members(type_, tagged)
            await take(found, partial(writer.add_members, type_))
        if calibrations:
            found = reader.validity_ranges(type_, calibrations)
            await take(found, partial(writer.add_validity_ranges, type_))
        if tagged or calibrations:
            found = reader.strays(type_, writer.runs, tagged, calibrations)
            await take(found, partial(writer.add_strays, type_))
    for element in writer.elements:
        begin(element.name)
        await take(reader.records(element), partial(writer.add_records, element))


def _manifest(
    registry: Registry, reader: BulkReader, writer: IndexWriter, path: Path
) -> Manifest:
    with path.open("rb") as file:
        digest = digest_of(file)
    schema = reader.contents.schema
    counts = writer.counts
    return Manifest(
        name=f"{registry.identity}-{digest}",
        format=FORMAT,
        repository=registry.identity,
        namespace=schema.namespace,
        universe=schema.universe.document.get("namespace", "daf_butler"),
        universe_version=schema.universe.version,
        moment=reader.contents.moment.text,
        collections=len(writer.runs) + len(writer.tagged) + len(writer.calibrations),
        datasets=counts["datasets"],
        files=counts["files"],
        certifications=counts["certifications"],
        records={e.name: counts[f"record:{e.name}"] for e in writer.elements},
        size_bytes=path.stat().st_size,
        digest=digest,
    )
