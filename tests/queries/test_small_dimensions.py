"""Queries over small dimensions need no worker, and give what a direct butler gives.

The server has no workers: what it does not know itself is 501.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lsst.daf.butler import Butler, ButlerUserError
from lsst.daf.butler.remote_butler._http_connection import ButlerServerError

from tests.queries.odd_records import add_odd_records
from tests.queries.serving import nursery_of, serve
from tests.queries.small_queries import Asked, Asking
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf, make_repository
from tests.support.servers import ButleryServer

DIALECTS = ("sqlite", "postgresql")
_NOT_KNOWN = 501


@pytest.fixture(scope="module")
def roots(
    postgres: PostgresCluster,
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("small") / "postgresql"
    made = {
        "sqlite": repositories.copy("base"),
        "postgresql": make_repository(folder, "base", postgres=postgres),
    }
    for root in made.values():
        with Butler.from_config(str(root), writeable=True) as butler:
            add_odd_records(butler)
    return made


@pytest.fixture(scope="module")
def server(
    roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(tmp_path_factory.mktemp("server"), roots, "workers = 0")
    yield server
    assert nursery_of(server) is None
    server.stop()


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def butlers(
    server: ButleryServer, roots: dict[str, Path], dialect: str
) -> Iterator[tuple[Butler, Butler]]:
    direct = Butler.from_config(str(roots[dialect]))
    remote = Butler.from_config(f"{server.url}/api/butler/repo/{dialect}")
    with direct, remote:
        yield direct, remote


def _plain(row: Any) -> str:
    if hasattr(row, "toDict"):
        return repr(row.toDict())
    if isinstance(row, dict):
        return repr(sorted(map(repr, row.items())))
    if row.hasRecords():
        names = row.dimensions.elements
        return repr((row, [row.records[name].toDict() for name in names]))
    return repr((row, row.mapping))


def _outcome(butler: Butler, asked: Asked) -> Any:
    """Return rows, how many there are, whether there are any, and why not."""
    try:
        with butler.query() as query:
            results = asked.results(query)
            rows = list(results)
            reasons = [] if rows else list(results.explain_no_results(execute=False))
            return rows, results.count(), results.any(), reasons
    except ButlerUserError as error:
        return error


def _check(asked: Asked, direct: Butler, remote: Butler) -> bool:
    """Compare what both say; tell whether the server knew it."""
    wanted = _outcome(direct, asked)
    if isinstance(wanted, Exception):
        with pytest.raises((ButlerServerError, type(wanted))):
            raise _outcome(remote, asked)
        return False
    found = _outcome(remote, asked)
    assert found[1:] == wanted[1:]
    assert len(found[0]) == len(wanted[0])
    if asked.kind != "general":
        keys = [[column.value(row) for column, _ in asked.order] for row in found[0]]
        assert keys == [
            [column.value(row) for column, _ in asked.order] for row in wanted[0]
        ]
    if asked.limit:
        asked.limit = None
        everything = Counter(map(_plain, _outcome(direct, asked)[0]))
        assert Counter(map(_plain, found[0])) <= everything
    else:
        assert Counter(map(_plain, found[0])) == Counter(map(_plain, wanted[0]))
    return True


def test_random_queries(
    butlers: tuple[Butler, Butler], dialect: str, *, soak: bool
) -> None:
    random = Random(20_260_101)
    asking = Asking(butlers[0], random, ordered_text=dialect == "sqlite")
    number = 2000 if soak else 150
    known = 0
    for n in range(number):
        asked = asking.query()
        try:
            known += _check(asked, *butlers)
        except Exception as error:
            error.add_note(f"query {n}: {asked}")
            raise
    assert known > 0.7 * number
