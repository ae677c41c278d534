"""Which repositories the contract is tested on, and a server over each.

Tests that take `sides` run once per repository; pytest groups them, so that
one server is alive at a time. Variants of the schema get fewer questions than the
main repositories: their lookups differ only where their tables do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from lsst.daf.butler import Butler, DatasetRef

from tests.contract.sides import Sides
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
        if self.options:
            return 5
        return 1 if self.dialect == "sqlite" else 3

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
    *(Case("base", "sqlite", {"universe": version}) for version in range(8)),
    Case("hsc_rc2", "postgresql", {"universe": 5}),
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


@pytest.fixture(scope="session", params=[*MAIN, *VARIANTS], ids=str)
def session_sides(
    request: pytest.FixtureRequest,
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
    soak: bool,  # noqa: FBT001 - a fixture
) -> Iterator[Sides]:
    case: Case = request.param
    root = _build(case, repositories, tmp_path_factory.getbasetemp())
    server = ButleryServer.start(root)
    try:
        # Nobody writes: DirectButler may keep what it knows about collections.
        with (
            Butler.from_config(str(root)) as direct,
            direct.registry.caching_context(),
            server.butler() as remote,
        ):
            refs = _all_refs(direct)
            yield Sides(
                str(case), root, direct, remote, server, refs, case.stride, soak
            )
    finally:
        server.stop()


@pytest.fixture
def sides(session_sides: Sides) -> Iterator[Sides]:
    """Both sides; what differed is reported when the test is over."""
    session_sides.differences.clear()
    yield session_sides
    session_sides.report()
