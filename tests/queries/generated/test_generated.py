"""Any query has through the server the answer of a direct butler: rows, errors, texts.

Queries are made at random; a failure shows seed, number and the query itself.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from pprint import pformat
from typing import Any

import pytest
from lsst.daf.butler import Butler

from tests.queries.generated.comparing import compare
from tests.queries.generated.generator import Generator
from tests.queries.generated.stage import make_stage
from tests.queries.serving import serve
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer

_DEFAULTS: dict[str, Any] = {
    "collections": ["chain/all", "run/c"],
    "dataId": {"instrument": "CamA", "skymap": "map"},
}
_SHORT = 60
_LONG = 1000


@pytest.fixture(scope="module")
def roots(
    postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stages")
    return {
        "sqlite": make_stage(folder / "sqlite"),
        "postgresql": make_stage(folder / "postgresql", postgres),
    }


@pytest.fixture(scope="module")
def server(
    roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(tmp_path_factory.mktemp("generated"), roots)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def seed() -> int:
    """Another one is taken from BUTLERY_SEED."""
    return int(os.environ.get("BUTLERY_SEED", "1"))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_generated_queries_have_a_direct_butlers_answers(
    dialect: str,
    roots: dict[str, Path],
    server: ButleryServer,
    seed: int,
    record_property: Callable[[str, object], None],
    *,
    soak: bool,
) -> None:
    url = f"{server.url}/api/butler/repo/{dialect}"
    count = int(os.environ.get("BUTLERY_PROGRAMS", _LONG if soak else _SHORT))
    found: list[str] = []
    kinds: Counter[str] = Counter()
    with (
        Butler.from_config(str(roots[dialect])) as direct,
        Butler.from_config(url) as remote,
    ):
        generator = Generator(f"{seed}-{dialect}", direct.dimensions)
        pairs = {
            False: (direct, remote),
            True: (direct.clone(**_DEFAULTS), remote.clone(**_DEFAULTS)),
        }
        for number in range(count):
            program = generator.program()
            kinds[f"{program.kind}-{program.finish}"] += 1
            verdict = compare(program, *pairs[program.has_defaults])
            kinds[verdict.what] += 1
            if verdict.difference is not None:
                found.append(f"#{number} {pformat(program)}\n{verdict.difference}")
    record_property("figure", f"{count} on {dialect}: {dict(sorted(kinds.items()))}")
    shown = "\n\n".join(found[:20])
    assert not found, f"seed {seed}: {len(found)} of {count} differ\n{shown}"
    # Queries that find nothing, or make no sense, prove little.
    assert kinds["rows"] > count / 4
    assert kinds["error"] < count / 3
