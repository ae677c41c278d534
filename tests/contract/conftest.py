"""Which repositories the contract is tested on, and a server over each.

Tests that take `sides` run once per repository; pytest groups them, so that
one server is alive at a time. A module that says `VARIANTS_TOO = True` runs on
the variants as well; on all older universes only at the long size. Variants of
the schema get fewer questions than the main repositories: their lookups differ
only where their tables do.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler import Butler, DatasetRef

from butlery import client
from tests.contract.sides import Sides
from tests.contract.wire import Wire
from tests.support.repositories import DATA_SETS, RepositoryShelf
from tests.support.servers import ButleryServer


@dataclass(frozen=True)
class Case:
    """One repository of the contract: a data set, a database, and its options."""

    data_set: str
    dialect: str = "sqlite"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def stride(self) -> int:
        # Steps through products of questions: primes, which share no divisor
        # with the usual lengths of their factors.
        if self.options:
            return 17
        if self.data_set == "base" and self.dialect == "sqlite":
            return 3
        return 11

    def __str__(self) -> str:
        words = [self.data_set, self.dialect, *map(str, self.options.values())]
        return "-".join(words)


MAIN = tuple(
    Case(data_set, dialect)
    for data_set in DATA_SETS
    for dialect in ("sqlite", "postgresql")
)
_OLD_TABLES = {"collections": "name", "ingest_date": "timestamp"}
VARIANTS = (
    Case("demo"),
    Case("lsstcam", "sqlite", _OLD_TABLES),
    Case("lsstcam", "postgresql", _OLD_TABLES),
    *(Case("base", "sqlite", {"universe": version}) for version in (0, 2)),
    Case("hsc_rc2", "postgresql", {"universe": 5}),
)
MORE_VARIANTS = tuple(
    Case("base", "sqlite", {"universe": version}) for version in (1, 3, 4, 5, 6, 7)
)


def _build(case: Case, shelf: RepositoryShelf, directory: Path) -> Path:
    if case.data_set != "demo":
        return shelf.get(case.data_set, case.dialect, **case.options)  # type: ignore[arg-type]
    demo = pytest.importorskip("butlery.cli.demo")
    root = directory / "demo"
    if not root.exists():
        demo.build_demo(root)
    return root


def _all_refs(butler: Butler) -> tuple[DatasetRef, ...]:
    refs = butler.query_all_datasets("*", find_first=False, limit=None)
    unique = {ref.id: ref for ref in refs}.values()
    return tuple(sorted(unique, key=lambda r: (r.datasetType.name, r.run, str(r.id))))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "session_sides" in metafunc.fixturenames:
        too = getattr(metafunc.module, "VARIANTS_TOO", False)
        soak = bool(os.environ.get("BUTLERY_SOAK"))
        variants = [*VARIANTS, *(MORE_VARIANTS if soak else ())]
        cases = [*MAIN, *(variants if too else ())]
        metafunc.parametrize(
            "session_sides", cases, indirect=True, ids=str, scope="session"
        )


@pytest.fixture(scope="session")
def session_sides(
    request: pytest.FixtureRequest,
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
    soak: bool,  # noqa: FBT001 - a fixture
) -> Iterator[Sides]:
    case: Case = request.param
    root = _build(case, repositories, tmp_path_factory.getbasetemp())
    outside = root.parent / f"{root.name}-outside"
    arguments = ["--outside-root", str(outside)] if outside.exists() else []
    server = ButleryServer.start(root, arguments=arguments)
    try:
        with (
            Butler.from_config(str(root)) as direct,
            server.butler() as remote,
            client.Butler(server.repository_url()) as light,
        ):
            refs = _all_refs(direct)
            yield Sides(
                str(case), root, direct, remote, light, server, refs, case.stride, soak
            )
    finally:
        server.stop()


@pytest.fixture
def sides(session_sides: Sides) -> Iterator[Sides]:
    """Both sides; what differed is reported when the test is over."""
    session_sides.differences.clear()
    yield session_sides
    session_sides.report()


@pytest.fixture
def quick_lookups(session_sides: Sides) -> Iterator[None]:
    """Let DirectButler keep what it knows about collections, for many lookups.

    Not for questions about collections: its summaries then ignore some flags.
    """
    with session_sides.direct.registry.caching_context():
        yield


@pytest.fixture(scope="session")
def wires(repositories: RepositoryShelf) -> Iterator[Callable[[str, str], Wire]]:
    """Raw HTTP to a server of a data set on a database; one server for each."""
    servers: dict[tuple[str, str], ButleryServer] = {}

    def get(data_set: str, dialect: str = "sqlite") -> Wire:
        key = data_set, dialect
        if key not in servers:
            root = repositories.get(data_set, dialect)  # type: ignore[arg-type]
            outside = root.parent / f"{root.name}-outside"
            arguments = ["--outside-root", str(outside)]
            servers[key] = ButleryServer.start(root, label="small", arguments=arguments)
        return Wire(servers[key])

    yield get
    for server in servers.values():
        server.stop()


@pytest.fixture
def wire(wires: Callable[[str, str], Wire]) -> Wire:
    """Raw HTTP to the data set whose contents the protocol's examples show."""
    return wires("base", "sqlite")
