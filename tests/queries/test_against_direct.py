"""What the stock client is told through the server is what a direct butler says."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from astropy.time import Time
from lsst.daf.butler import Butler, ButlerUserError, Timespan

from tests.queries.serving import serve
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

CASES = [
    (data_set, dialect)
    for data_set in ("base", "spatial", "ci_hsc")
    for dialect in ("sqlite", "postgresql")
]
SHORT = ("base-sqlite", "spatial-postgresql")
Ask = Callable[[Butler], Any]
_YEAR = Timespan(Time("2020-01-01T00:00:00"), Time("2021-01-01T00:00:00"))


@pytest.fixture(scope="module")
def roots(repositories: RepositoryShelf, *, soak: bool) -> dict[str, Path]:
    return {
        f"{data_set}-{dialect}": repositories.get(data_set, dialect)  # type: ignore[arg-type]
        for data_set, dialect in CASES
        if soak or f"{data_set}-{dialect}" in SHORT
    }


@pytest.fixture(scope="module")
def server(
    roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ButleryServer]:
    server = serve(tmp_path_factory.mktemp("queries"), roots)
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["-".join(case) for case in CASES])
def label(request: pytest.FixtureRequest, *, soak: bool) -> str:
    if not soak and request.param not in SHORT:
        pytest.skip("at the long size")
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def butlers(
    label: str, server: ButleryServer, roots: dict[str, Path]
) -> Iterator[tuple[Butler, Butler]]:
    direct = Butler.from_config(str(roots[label]))
    remote = Butler.from_config(f"{server.url}/api/butler/repo/{label}")
    with direct, remote:
        yield direct, remote


def outcome(ask: Ask, butler: Butler) -> Any:
    """Return a sorted answer, or the kind of the error and its text."""
    try:
        answer = ask(butler)
    except ButlerUserError as error:
        return type(error), str(error)
    if isinstance(answer, list):
        return answer
    return sorted(map(repr, answer)) if isinstance(answer, set) else answer


def _instrument(butler: Butler) -> str:
    records = butler.query_dimension_records("instrument", explain=False)
    return str(min(record.name for record in records))


def _types(butler: Butler) -> list[str]:
    return sorted(each.name for each in butler.registry.queryDatasetTypes())


def _everything(butler: Butler) -> set[Any]:
    found = set()
    for name in _types(butler):
        refs = butler.query_datasets(
            name, "*", find_first=False, limit=None, explain=False
        )
        found |= {(name, ref.id, ref.run, ref.dataId) for ref in refs}
    return found


def _with_records(butler: Butler) -> set[Any]:
    found = set()
    for name in _types(butler):
        refs = butler.query_datasets(
            name,
            "*",
            find_first=False,
            with_dimension_records=True,
            limit=None,
            explain=False,
        )
        for ref in refs:
            names = ref.dataId.dimensions.elements
            found.add((ref.id, *(repr(ref.dataId.records[name]) for name in names)))
    return found


def _all_records(butler: Butler) -> set[Any]:
    return {
        repr(record.toDict())
        for element in butler.dimensions.elements
        if element.has_own_table
        for record in butler.query_dimension_records(
            element.name, limit=None, explain=False
        )
    }


def _find_first(butler: Butler) -> set[Any]:
    runs = sorted(butler.collections.query("*", flatten_chains=True))
    return {
        (name, ref.id)
        for name in _types(butler)
        for ref in butler.query_datasets(
            name,
            [run for run in runs if run.startswith(("imported", "HSC", "tagged"))],
            limit=None,
            explain=False,
        )
    }


def _all_datasets(butler: Butler) -> set[Any]:
    refs = butler.query_all_datasets("*", find_first=False, limit=None)
    return {(ref.id, ref.run, ref.datasetType.name) for ref in refs}


def _ordered(butler: Butler) -> list[Any]:
    ids = butler.query_data_ids(
        ["detector", "physical_filter"],
        order_by=["-detector", "physical_filter"],
        limit=7,
        instrument=_instrument(butler),
        explain=False,
    )
    return [repr(each) for each in ids]


def _where(butler: Butler) -> set[Any]:
    return set(
        butler.query_data_ids(
            ["visit", "detector"],
            where="visit > :low AND NOT visit.name = 'x'"
            " AND (detector IN (1..3) OR detector.purpose = 'SCIENCE')",
            bind={"low": 0},
            instrument=_instrument(butler),
            limit=None,
            explain=False,
        )
    )


def _spatial(butler: Butler) -> set[Any]:
    return set(
        butler.query_data_ids(
            ["visit", "patch"],
            instrument=_instrument(butler),
            limit=None,
            explain=False,
        )
    )


def _general(butler: Butler) -> set[Any]:
    found = set()
    with butler.query() as query:
        for name in _types(butler):
            joined = query.join_dataset_search(name, butler.collections.query("*"))
            results = joined.general(
                butler.get_dataset_type(name).dimensions,
                dataset_fields={name: {"dataset_id", "run", "collection", "timespan"}},
                find_first=False,
            )
            found |= {repr(sorted(map(repr, row.items()))) for row in results}
    return found


def _counts(butler: Butler) -> list[Any]:
    told: list[Any] = []
    with butler.query() as query:
        for name in _types(butler):
            # In an order of ours: reasons tell it.
            runs = sorted(butler.collections.query("*"))
            joined = query.join_dataset_search(name, runs)
            datasets = joined.datasets(name, find_first=False)
            told += [datasets.count(), datasets.any(), datasets.limit(2).count()]
            told += [joined.any(execute=False, exact=False)]
            told += list(joined.where(instrument="none").explain_no_results())
    return told


def _materialized(butler: Butler) -> list[Any]:
    with butler.query() as query:
        base = query.where(instrument=_instrument(butler)).join_dimensions(["detector"])
        kept = base.where(base.expression_factory.detector < 4).materialize()
        rows = kept.data_ids(["detector"]).order_by("detector")
        return [repr(row) for row in rows] + [kept.data_ids(["detector"]).count()]


def _uploaded(butler: Butler) -> list[Any]:
    instrument = _instrument(butler)
    wanted = [{"instrument": instrument, "detector": n} for n in (3, 1, 2, 999)]
    with butler.query() as query:
        coordinates = [
            butler.registry.expandDataId(each)
            for each in wanted
            if query.where(each).data_ids(["detector"]).any()
        ]
        joined = query.join_data_coordinates(coordinates)
        records = joined.dimension_records("detector").order_by("detector")
        return [repr(record.toDict()) for record in records]


def _calibrations(butler: Butler) -> set[Any]:
    found = set()
    for name in _types(butler):
        if butler.get_dataset_type(name).isCalibration():
            found |= {
                (name, each.ref.id, each.collection, str(each.timespan))
                for each in butler.registry.queryDatasetAssociations(name)
            }
    return found


def _temporal(butler: Butler) -> list[Any]:
    with butler.query() as query:
        x = query.expression_factory
        visits = query.where(
            x.visit.timespan.overlaps(_YEAR), instrument=_instrument(butler)
        )
        return [repr(row) for row in visits.data_ids(["visit"]).order_by("visit")]


def _registry_shims(butler: Butler) -> set[Any]:
    return set(butler.registry.queryDatasets(..., collections=...)) | set(
        butler.registry.queryDataIds(["detector"], instrument=_instrument(butler))
    )


def _unknown_collection(butler: Butler) -> Any:
    return butler.query_datasets(_types(butler)[0], "nowhere")


def _unknown_name(butler: Butler) -> Any:
    return butler.query_data_ids(["detector"], where="foo.bar = 3")


def _unconstrained(butler: Butler) -> Any:
    return butler.query_data_ids(["detector"], where="detector = 1")


def _find_first_by_glob(butler: Butler) -> Any:
    return butler.query_all_datasets("*", find_first=True)


def _count_that_cannot_be(butler: Butler) -> Any:
    with butler.query() as query:
        return query.data_ids(["visit", "patch"]).count(exact=True, discard=False)


QUESTIONS: list[Ask] = [
    *(_everything, _with_records, _all_records, _find_first, _all_datasets, _ordered),
    *(_where, _spatial, _general, _counts, _materialized, _uploaded, _calibrations),
    *(_temporal, _registry_shims, _unknown_collection, _unknown_name, _unconstrained),
    *(_find_first_by_glob, _count_that_cannot_be),
]


@pytest.mark.parametrize("ask", QUESTIONS, ids=lambda ask: ask.__name__.strip("_"))
def test_answer_is_a_direct_butlers(
    butlers: tuple[Butler, Butler], ask: Ask, label: str, *, soak: bool
) -> None:
    if not soak and QUESTIONS.index(ask) % len(SHORT) != SHORT.index(label):
        pytest.skip("of the other repository; of all with BUTLERY_SOAK")
    direct, remote = butlers
    assert outcome(ask, remote) == outcome(ask, direct)
