"""Builds a release index from one state of a database."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

import lmdb

from ....protocol.errors import BadRequestError
from ....registry import Batch, BulkReader, Registry
from ...policies import Policies
from ..layout import FORMAT
from ..library import IndexLibrary
from ..manifest import Manifest, digest_of, name_of
from .one_state import one_state
from .writer import IndexWriter


@dataclass(slots=True)
class Building:
    """How far a build has come.

    Parameters
    ----------
    step, steps
        What is being done, and how many such steps there are.
    doing
        The step in words: the dataset type or element that is read, for instance.
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
    with library.workplace() as work, ExitStack() as stack:
        path, steps = work / "index", _Steps(report)
        read_at = datetime.now(UTC)
        try:
            async with one_state(registry, work, steps.begin) as reader:
                writer = IndexWriter(
                    path,
                    reader.contents,
                    policies,
                    datastores=registry.config.records_tables,
                )
                _require_contents(writer)
                stack.enter_context(writer)
                await _read(reader, writer, steps)
        except _NotWrittenError as error:
            raise error.cause from None
        # The database is not needed any more, and its transaction has ended.
        steps.begin("sorting and writing")
        try:
            writer.write()
        except lmdb.Error as error:
            raise OSError(f"the index cannot be written: {error}") from error
        manifest = _manifest(registry, reader, writer, path, read_at)
        library.publish(path, manifest)
    return manifest


class _NotWrittenError(Exception):
    """Tells an error of this machine's disk from those of the database."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Steps:
    """Reports what is being done."""

    def __init__(self, report: Report) -> None:
        self.progress = Building()
        self._report = report

    def begin(self, what: str) -> None:
        self.progress.step += 1
        self.progress.doing = what
        self._report(self.progress)

    def add(self, rows: int) -> None:
        self.progress.rows += rows
        self._report(self.progress)


def _require_contents(writer: IndexWriter) -> None:
    if not (writer.runs or writer.tagged or writer.calibrations):
        raise BadRequestError(
            "No collection is permanent: there is nothing to compile. Name some in a "
            "policy of the configuration."
        )


async def _read(reader: BulkReader, writer: IndexWriter, steps: _Steps) -> None:
    async def take(batches: AsyncIterator[Batch], add: Callable[[Batch], None]) -> None:
        # Closed at once if something goes wrong: a batch may be on its way.
        async with aclosing(cast("AsyncGenerator[Batch]", batches)):
            async for batch in batches:
                try:
                    add(batch)
                except OSError as error:
                    raise _NotWrittenError(error) from error
                steps.add(len(batch))

    steps.progress.steps = (
        steps.progress.step + len(writer.types) + len(writer.elements) + 2
    )
    for type_ in writer.types:
        steps.begin(type_.name)
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
    steps.begin("files")
    await take(reader.files(), writer.add_files)
    for element in writer.elements:
        steps.begin(element.name)
        await take(reader.records(element), partial(writer.add_records, element))


def _manifest(
    registry: Registry,
    reader: BulkReader,
    writer: IndexWriter,
    path: Path,
    read_at: datetime,
) -> Manifest:
    with path.open("rb") as file:
        digest = digest_of(file)
    schema = reader.contents.schema
    counts = writer.counts
    return Manifest(
        name=name_of(registry.identity, digest),
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
        read_at=read_at,
    )
