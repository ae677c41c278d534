"""I1 in general queries: what a reader does not see is what does not exist.

The same questions are put to a repository and to its twin, in which the rest was never
written, by the stock client. Those about what is hidden are put by an administrator as
well, who is told otherwise: nothing would be proven without.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from lsst.daf.butler import Butler, DataCoordinate, InvalidQueryError
from lsst.daf.butler.remote_butler._factory import RemoteButlerFactory

from tests.queries.test_against_direct import QUESTIONS, Ask, outcome
from tests.server.access.twins import (
    CLOSED,
    CLOSED_DAY,
    COPIED,
    MADE_UP,
    OPEN,
    RAW,
    TYPES,
    copied,
    serve_twins,
    write_hidden,
    write_twin,
)
from tests.support.postgres import PostgresCluster
from tests.support.repositories import RepositoryShelf, make_repository
from tests.support.servers import ButleryServer

HIDDEN = ("u/alice/run", "pro/run", "u/alice/chain")
CAM = {"instrument": "Cam1"}
Served = tuple[ButleryServer, dict[str, str]]


@pytest.fixture(scope="module")
def served(
    repositories: RepositoryShelf,
    postgres: PostgresCluster,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("queries")
    roots = {}
    for label, database in (("sqlite", None), ("postgresql", postgres)):
        if database is None:
            twin = repositories.copy("spatial")
        else:
            twin = make_repository(folder / "twin", "spatial", postgres=database)
        write_twin(twin)
        whole = folder / f"{label}-whole"
        copied(twin, whole, database)
        write_hidden(whole)
        roots[label] = whole, twin
    server, secrets = serve_twins(folder, roots)
    yield server, secrets
    server.stop()


def butler(served: Served, label: str, user: str) -> Butler:
    server, secrets = served
    url = f"{server.url}/api/butler/repo/{label}"
    factory = RemoteButlerFactory.create_factory_for_url(url)
    made: Butler = factory.create_butler_for_access_token(secrets[user])
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def asked(
    request: pytest.FixtureRequest, served: Served
) -> Iterator[dict[str, Butler]]:
    """Return the reader, their twin, who sees the night, and who sees everything."""
    label = request.param
    found = {
        "root": butler(served, label, "root"),
        "anne": butler(served, label, "anne"),
        "bob": butler(served, label, "bob"),
        "twin": butler(served, f"{label}_twin", "bob"),
    }
    yield found
    for each in found.values():
        each.close()


def _refs(found: Any) -> set[Any]:
    return {(ref.id, ref.run, ref.datasetType.name, ref.dataId) for ref in found}


def datasets_by_name(butler: Butler, kind: str = "bias") -> Any:
    options: dict[str, Any] = {"explain": False, "find_first": False}
    return _refs(butler.query_datasets(kind, "mixed", **options))


def datasets_by_glob(butler: Butler) -> Any:
    found = []
    for glob in ("*", "u/*", "*run", "p*", "*a*"):
        for type_ in ("bias", *TYPES):
            options: dict[str, Any] = {"explain": False, "find_first": False}
            found += butler.query_datasets(type_, glob, **options)
    return _refs(found)


def first_of_a_chain(butler: Butler) -> Any:
    names = ["mixed", "tagged/none", "imported_r"]
    found = butler.query_datasets("bias", names, with_dimension_records=True)
    return {(ref.id, ref.run, repr(ref.dataId.records["detector"])) for ref in found}


def tagged(butler: Butler) -> Any:
    return _refs(butler.query_datasets("bias", "tagged/none", explain=False))


def certified(butler: Butler) -> Any:
    found = butler.registry.queryDatasetAssociations("bias", "calib/none")
    return {(each.ref.id, str(each.timespan)) for each in found}


def all_datasets(butler: Butler) -> Any:
    told = []
    for names in ("*", "mixed", ["nights", "tagged/*", "calib/*"], "u/*"):
        options: dict[str, Any] = {"find_first": False, "limit": None}
        told.append(
            sorted(map(repr, _refs(butler.query_all_datasets(names, **options))))
        )
        told.append(sorted(map(repr, _refs(
            butler.query_all_datasets(names, name=["s*", "preload"], **options)
        ))))  # fmt: skip
    return told


def names_in_rows(butler: Butler) -> Any:
    found = set()
    with butler.query() as query:
        for type_ in ("bias", "science"):
            joined = query.join_dataset_search(
                type_, ["mixed", "tagged/none", "nights"]
            )
            rows = joined.general(
                butler.get_dataset_type(type_).dimensions,
                dataset_fields={type_: {"dataset_id", "run", "collection"}},
                find_first=False,
            )
            found |= {repr(sorted(map(repr, row.items()))) for row in rows}
    return found


def predicates_on_names(butler: Butler) -> Any:
    told: list[Any] = []
    with butler.query() as query:
        bias = query.join_dataset_search("bias", ["mixed", "tagged/none"])
        x = bias.expression_factory
        for name in (*HIDDEN, "imported_g"):
            told += [bias.where(x["bias"].run == name).any()]
            told += [
                bias.where(x["bias"].collection == name).data_ids(["detector"]).count()
            ]
        not_visible = bias.where(x.not_(x["bias"].run == "imported_g"))
        told += [not_visible.any(), not_visible.data_ids(["detector"]).count()]
        ordered = bias.datasets("bias", find_first=False).order_by(
            "bias.run", "detector"
        )
        told += [(ref.run, ref.id) for ref in ordered]
    return told


def reasons(butler: Butler) -> Any:
    told: list[Any] = []
    with butler.query() as query:
        for type_ in ("bias", "secret", "calexp"):
            for names in (["mixed"], ["empty", "mixed"], ["imported_g", "nights"]):
                joined = query.join_dataset_search(type_, names)
                nothing = joined.where(instrument="none")
                told += [list(nothing.explain_no_results())]
                told += [list(joined.explain_no_results(execute=False))]
                told += [joined.any(execute=False, exact=False), joined.any()]
    return told


def counts(butler: Butler) -> Any:
    told: list[Any] = []
    with butler.query() as query:
        for type_ in ("bias", "science", "preload"):
            for names in (["mixed"], ["nights"], ["tagged/none", "mixed"]):
                found = query.join_dataset_search(type_, names).datasets(type_)
                told += [found.count(), found.any(), found.limit(1).count()]
        for names in (
            ["exposure"],
            ["visit"],
            ["day_obs"],
            ["group"],
            ["visit", "patch"],
        ):
            ids = query.where(CAM, skymap="SkyMap1").data_ids(names)
            told += [ids.count(discard=True), ids.any()]
    return told


def nested(butler: Butler) -> Any:
    told: list[Any] = []
    with butler.query() as query:
        x = query.expression_factory
        for inner in (
            query.join_dataset_search("bias", ["mixed"]),
            query.join_dataset_search("secret", ["mixed"]),
        ):
            wanted = query.where(x.detector.in_query(x.detector, inner), CAM)
            told.append(
                [
                    str(each)
                    for each in wanted.data_ids(["detector"]).order_by("detector")
                ]
            )
        visits = query.where(x.visit >= 0, CAM)
        within = query.where(x.exposure.in_query(x.visit, visits), CAM)
        told.append(
            [str(each) for each in within.data_ids(["exposure"]).order_by("exposure")]
        )
    return told


def materialised(butler: Butler) -> Any:
    told: list[Any] = []
    with butler.query() as query:
        for type_, names, dimension in (
            ("bias", ["mixed"], "detector"),
            ("secret", ["mixed", "empty"], "detector"),
            ("science", ["nights"], "exposure"),
            ("preview", [RAW], "visit"),
        ):
            kept = query.join_dataset_search(type_, names).where(CAM).materialize()
            told.append(
                [str(each) for each in kept.data_ids([dimension]).order_by(dimension)]
            )
            found = kept.datasets(type_, names, find_first=False)
            told.append(sorted(map(repr, _refs(found))))
            records = kept.dimension_records(dimension).order_by(dimension)
            told.append([repr(record.toDict()) for record in records])
        kept = query.where(CAM).join_dimensions(["visit", "detector"]).materialize()
        told.append([str(each) for each in kept.data_ids(["visit"]).order_by("visit")])
    return told


def uploaded(butler: Butler) -> Any:
    visits = [_data_id(butler, visit=n) for n in (1, OPEN, CLOSED, MADE_UP)]
    days = [_data_id(butler, day_obs=n) for n in (CLOSED_DAY, 19990101)]
    told: list[Any] = []
    with butler.query() as query:
        joined = query.join_data_coordinates(visits)
        told.append(
            [str(each) for each in joined.data_ids(["visit"]).order_by("visit")]
        )
        records = joined.dimension_records("exposure").order_by("exposure")
        told.append([repr(record.toDict()) for record in records])
        joined = query.join_data_coordinates(days)
        told.append(len(list(joined.dimension_records("day_obs"))))
        told.append([str(each) for each in joined.data_ids(["exposure"])])
        kept = joined.materialize()
        told.append(len(list(kept.dimension_records("day_obs"))))
        told.append(
            len(list(kept.join_dimensions(["exposure"]).data_ids(["exposure"])))
        )
    return told


def _data_id(butler: Butler, **values: Any) -> DataCoordinate:
    return DataCoordinate.standardize(CAM, universe=butler.dimensions, **values)


def records(butler: Butler) -> Any:
    found = set()
    for element in butler.dimensions.elements:
        if element.has_own_table:
            for where in ("", f"instrument = 'Cam1' AND visit = {CLOSED}"):
                if where and "visit" not in element.minimal_group.names:
                    continue
                rows = butler.query_dimension_records(
                    element.name, where=where, limit=None, explain=False
                )
                found |= {repr(record.toDict()) for record in rows}
    return found


def overlaps(butler: Butler) -> Any:
    told: list[Any] = []
    where = {**CAM, "skymap": "SkyMap1"}
    for names in (
        ["visit", "patch"], ["visit", "detector", "patch"], ["visit", "tract"],
        ["visit", "htm7"], ["exposure", "visit", "patch"], ["tract"],
    ):  # fmt: skip
        try:
            options: dict[str, Any] = {"limit": None, "explain": False}
            told.append(
                sorted(
                    map(repr, butler.query_data_ids(names, data_id=where, **options))
                )
            )
        except Exception as error:  # noqa: BLE001 - is compared
            told.append(repr(error))
    return told


def copies(butler: Butler) -> Any:
    found = []
    for type_ in TYPES:
        found += butler.query_datasets(
            type_, [COPIED], explain=False, with_dimension_records=True
        )
    return {(ref.id, *(repr(r) for r in ref.dataId.records.values())) for ref in found}


ABOUT_HIDDEN: list[Ask] = [
    *(datasets_by_name, datasets_by_glob, first_of_a_chain, tagged, certified),
    *(all_datasets, names_in_rows, predicates_on_names, reasons, counts, nested),
    *(materialised, uploaded, records, overlaps),
]
ON_BOTH = {datasets_by_name, certified, names_in_rows, nested, uploaded, records}


def _name(ask: Ask) -> str:
    return str(getattr(ask, "__name__", ask)).strip("_")


@pytest.mark.parametrize("ask", ABOUT_HIDDEN, ids=_name)
def test_hidden_is_absent(
    asked: dict[str, Butler], ask: Ask, request: pytest.FixtureRequest, *, soak: bool
) -> None:
    if not soak and ask not in ON_BOTH and "sqlite" in request.node.name:
        pytest.skip("run by make soak")
    # Who sees everything has asked in the same worker before.
    everything = outcome(ask, asked["root"])
    seen = outcome(ask, asked["bob"])
    assert seen == outcome(ask, asked["twin"])
    assert seen != everything


@pytest.mark.parametrize("ask", QUESTIONS, ids=_name)
def test_other_answers_are_the_same(
    asked: dict[str, Butler], ask: Ask, *, soak: bool
) -> None:
    if not soak:
        pytest.skip("run by make soak")
    assert outcome(ask, asked["bob"]) == outcome(ask, asked["twin"])


def test_copies_of_a_closed_night_are_seen_where_their_run_is(
    asked: dict[str, Butler],
) -> None:
    found = copies(asked["bob"])
    assert len(found) == len(TYPES) - 1
    assert found == copies(asked["twin"]) == copies(asked["root"])


def test_who_may_sees_the_night_at_once(asked: dict[str, Butler]) -> None:
    for user in ("anne", "root"):
        found = asked[user].query_datasets("science", "nights", find_first=False)
        assert {ref.dataId["exposure"] for ref in found} == {OPEN, CLOSED}
    assert outcome(datasets_by_name, asked["anne"]) == outcome(
        datasets_by_name, asked["twin"]
    )


@pytest.mark.parametrize(
    "condition",
    [f"1 / (exposure - {CLOSED}) > 5", "glob(exposure.obs_id, 'obser\\')"],
)
def test_failure_tells_nothing_of_rows_that_are_cut_out(
    asked: dict[str, Butler], request: pytest.FixtureRequest, condition: str
) -> None:
    """PostgreSQL may fail at a row before another predicate cuts it out."""

    def ask(butler: Butler) -> Any:
        where = f"instrument = 'Cam1' AND {condition}"
        return butler.query_data_ids(["exposure"], where=where, explain=False)

    if "sqlite" in request.node.name:
        assert outcome(ask, asked["bob"]) == outcome(ask, asked["twin"])
    else:
        error, text = outcome(ask, asked["bob"])
        assert error is InvalidQueryError
        assert "only for readers who see everything" in text
