"""What we send is what the stock client sends, or neither sends anything."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any
from urllib.request import Request, urlopen

import pytest
from lsst.daf.butler import Butler, EmptyQueryResultError
from msgspec import convert

from butlery.client.errors import DimensionNameError, InvalidQueryError
from butlery.client.queries import (
    Scope,
    Selection,
    all_datasets,
    data_ids,
    dataset_refs,
    dimension_records,
    explanation,
)
from butlery.client.universe import Universe
from butlery.protocol.datasets import DatasetType
from butlery.protocol.scalars import encode_json
from tests.client.queries.cases import ALL_DATASETS, REFUSED, SENT, Case
from tests.client.queries.recorder import Recorder
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

# Of years whose leap seconds nobody knows yet, astropy warns.
pytestmark = pytest.mark.filterwarnings("ignore:ERFA")

_COLLECTIONS = ("runs/first", "calib/main")
# Not every question of ours has an answer, but that only the server knows.
_UNANSWERABLE = re.compile(rb"unimplemented_query|without constraining it directly")
Bodies = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def server(repositories: RepositoryShelf) -> Iterator[ButleryServer]:
    server = ButleryServer.start(repositories.get("spatial"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def recorder(server: ButleryServer) -> Iterator[Recorder]:
    with Recorder(server) as recorder:
        yield recorder
        recorder.shutdown()


@pytest.fixture(scope="module")
def butler(recorder: Recorder) -> Iterator[Butler]:
    collections = list(_COLLECTIONS)
    with Butler.from_config(recorder.url, collections=collections) as butler:
        yield butler


@pytest.fixture(scope="module")
def known(server: ButleryServer) -> Callable[[str], Any]:
    """What a server tells, remembered."""
    return cache(partial(_told, server))


def _told(server: ButleryServer, path: str) -> Any:
    with urlopen(f"{server.repository_url()}/v1/{path}") as response:
        return json.load(response)


@pytest.fixture(scope="module")
def scope(known: Callable[[str], Any], butler: Butler) -> Scope:
    universe = Universe.from_wire(known("universe")["universe"])
    defaults = butler.registry.defaults.dataId.to_simple().model_dump(mode="json")
    return Scope(universe, defaults["dataId"], defaults["records"])


def _theirs(butler: Butler, recorder: Recorder, case: Case) -> Bodies:
    del recorder.asked[:]
    with suppress(EmptyQueryResultError):
        getattr(butler, case.method)(case.subject, **{"explain": False, **case.options})
    return list(recorder.asked)


class Ours:
    """Our side of the calls of the query methods."""

    def __init__(self, scope: Scope, known: Callable[[str], Any]) -> None:
        self._scope = scope
        self._known = known

    def bodies(self, case: Case) -> Bodies:
        options = {"explain": False, "limit": -20_000, **case.options}
        explain = options.pop("explain")
        special = ("collections", "find_first", "with_dimension_records")
        wanted = {name: options.pop(name) for name in special if name in options}
        body = getattr(self, case.method)(case.subject, _selection(options), **wanted)
        asked = [("execute", body)]
        return [*asked, ("explain", explanation(body))] if explain else asked

    def query_datasets(
        self,
        name: str,
        selection: Selection,
        collections: Sequence[str] = _COLLECTIONS,
        **options: Any,
    ) -> dict[str, Any]:
        told = self._known(f"dataset_type/{name}")["dataset_type"]
        dataset_type = convert(told, DatasetType)
        return dataset_refs(
            self._scope, selection, dataset_type, collections, **options
        )

    def query_data_ids(
        self, dimensions: Any, selection: Selection, **options: bool
    ) -> dict[str, Any]:
        return data_ids(self._scope, selection, dimensions, **options)

    def query_dimension_records(
        self, element: str, selection: Selection
    ) -> dict[str, Any]:
        return dimension_records(self._scope, selection, element)


def _selection(options: dict[str, Any]) -> Selection:
    names = ("where", "bind", "order_by", "limit", "data_id")
    said = {name: options.pop(name) for name in names if name in options}
    return Selection(**{**said, "data_id": {**said.get("data_id", {}), **options}})


@pytest.fixture(scope="module")
def ours(scope: Scope, known: Callable[[str], Any]) -> Ours:
    return Ours(scope, known)


def _plain(body: dict[str, Any]) -> Any:
    """Return a body as it arrives; bound sets have no order."""
    return json.loads(encode_json(body), object_hook=_in_order)


def _in_order(value: dict[str, Any]) -> dict[str, Any]:
    if "container" in value:
        value["container"].sort(key=str)
    return value


@pytest.mark.parametrize("case", SENT, ids=str)
def test_a_query_is_sent_as_the_stock_client_sends_it(
    case: Case, butler: Butler, recorder: Recorder, ours: Ours
) -> None:
    stock = _theirs(butler, recorder, case)
    for (_, body), (_, expected) in zip(ours.bodies(case), stock, strict=True):
        assert _plain(body) == _plain(expected)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_the_stock_client_refuses_to_send_is_refused(
    case: Case, butler: Butler, recorder: Recorder, ours: Ours
) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - some are assertions even
        _theirs(butler, recorder, case)
    assert not recorder.asked
    with pytest.raises((InvalidQueryError, DimensionNameError)):
        ours.bodies(case)


@pytest.mark.parametrize("options", ALL_DATASETS, ids=" ".join)
def test_datasets_of_several_types_are_asked_for_as_the_stock_client_does(
    options: dict[str, Any], butler: Butler, recorder: Recorder, scope: Scope
) -> None:
    del recorder.asked[:]
    collections = options.get("collections", _COLLECTIONS)
    stock = {**options, "collections": list(collections)}
    butler.query_all_datasets(**stock)
    special = {name: options[name] for name in ("find_first",) if name in options}
    names = {"name", "collections", *special}
    said = {name: value for name, value in options.items() if name not in names}
    selection = _selection({"limit": -20_000, **said})
    body = all_datasets(scope, selection, options["name"], collections, **special)
    [(kind, expected)] = recorder.asked
    assert kind == "all_datasets"
    assert _plain(body) == expected


@pytest.mark.parametrize(
    "said",
    [
        {"bind": {"d": [1]}},
        {"bind": {"d": None}},
        {"data_id": {"detector": None}},
        {"data_id": {"detector": 1.5}},
        {"data_id": {"detector": float("inf")}},
    ],
    ids=str,
)
def test_values_that_cannot_be_sent_are_refused_by_name(
    said: dict[str, Any], butler: Butler, scope: Scope
) -> None:
    with pytest.raises((TypeError, ValueError)):
        butler.query_all_datasets("*", find_first=False, **said)
    with pytest.raises(InvalidQueryError, match=r"(bind d|Data ID detector)="):
        all_datasets(scope, Selection(**said), ["*"], ["*"], find_first=False)


def test_a_client_without_defaults_sends_the_empty_data_id(
    recorder: Recorder, scope: Scope, known: Callable[[str], Any]
) -> None:
    case = Case("query_data_ids", ["detector"])
    with Butler.from_config(recorder.url, inferDefaults=False) as butler:
        [(_, expected)] = _theirs(butler, recorder, case)
    [(_, body)] = Ours(Scope(scope.universe), known).bodies(case)
    assert _plain(body) == expected
    assert expected["query"]["default_data_id"] == {"dataId": {}, "records": {}}


def test_a_real_server_understands_what_we_send(
    server: ButleryServer, ours: Ours
) -> None:
    for case in SENT[::15]:
        for kind, body in ours.bodies(case):
            url = f"{server.repository_url()}/v1/query/{kind}"
            headers = {"content-type": "application/json"}
            request = Request(url, encode_json(body), headers)
            with urlopen(request) as response:
                answer = response.read()
            assert b'"error_type"' not in answer or _UNANSWERABLE.search(answer)
