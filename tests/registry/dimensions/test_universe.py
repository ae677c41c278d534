"""Our universe is daf_butler's, for every version that repositories have."""

import json
from functools import cache
from importlib.resources import files
from itertools import chain, combinations
from typing import Any

import pytest
from lsst.daf.butler import DimensionConfig
from lsst.daf.butler import DimensionUniverse as StockUniverse

from butlery.protocol.errors import DimensionNameError
from butlery.registry import DimensionUniverse, RepositoryError

VERSIONS = range(9)
_NEWEST = VERSIONS[-1]
_SKYPIX = ("htm7", "htm10", "healpix3")


@cache
def config_of(version: int) -> DimensionConfig:
    if version == _NEWEST:
        return DimensionConfig()
    name = f"daf_butler_universe{version}.yaml"
    path = files("lsst.daf.butler.configs") / "old_dimensions" / name
    return DimensionConfig(str(path))


@cache
def both(version: int) -> tuple[DimensionUniverse, StockUniverse]:
    config = config_of(version)
    ours = DimensionUniverse(json.dumps(config.toDict()))
    return ours, StockUniverse(config)


def document_of(version: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(config_of(version).toDict()))
    return document


each_version = pytest.mark.parametrize("version", VERSIONS)


@each_version
def test_elements_stand_in_the_stock_order(version: int) -> None:
    ours, theirs = both(version)
    assert (ours.version, theirs.version) == (version, version)
    assert list(ours.elements) == list(theirs.elements.names)
    dimensions = [e.name for e in ours.elements.values() if e.is_dimension]
    assert dimensions == list(theirs.dimensions.names)
    assert list(ours.governors) == list(theirs.governor_dimensions.names)


@each_version
def test_every_element_has_the_stock_dependencies_and_columns(version: int) -> None:
    ours, theirs = both(version)
    for element in ours.elements.values():
        stock = theirs[element.name]
        assert list(element.required) == list(stock.required.names)
        assert list(element.implied) == list(stock.implied.names)
        assert element.defines_relationships == stock.defines_relationships
        assert element.has_table == stock.has_own_table
        assert element.always_join == stock.alwaysJoin
        assert bool(element.temporal) == (stock.temporal is not None)
        if element.skypix is None:
            assert bool(element.spatial) == (stock.spatial is not None)
            keys = [column.name for column in stock.alternate_keys]
            assert [column.name for column in element.alternate_keys] == keys
            assert [c.name for c in element.metadata] == list(stock.metadata.names)


@each_version
def test_record_columns_are_those_the_stock_client_demands(version: int) -> None:
    ours, theirs = both(version)
    for element in ours.elements.values():
        columns = [element.column_of(name) for name in element.required]
        columns += [*element.implied, *(field.name for field in element.fields)]
        assert columns == list(theirs[element.name].schema.names), element.name


@each_version
def test_small_elements_are_the_cached_ones_and_nights_and_tracts(version: int) -> None:
    ours, theirs = both(version)
    small = {e.name for e in ours.elements.values() if e.small}
    cached = {e.name for e in theirs.elements if e.is_cached}
    assert small == cached | (small & {"day_obs", "tract"})
    assert "tract" in small
    assert not small & {"visit", "exposure", "patch", "group", "visit_detector_region"}


@each_version
def test_every_group_of_up_to_three_dimensions_is_the_stock_group(version: int) -> None:
    ours, theirs = both(version)
    plain = [e.name for e in ours.elements.values() if e.is_dimension and not e.skypix]
    names = [*plain, *(name for name in _SKYPIX if name in ours.elements)]
    for some in chain.from_iterable(combinations(names, n) for n in range(4)):
        group, stock = ours.group(some), theirs.conform(some)
        assert group.names == tuple(stock.names)
        assert group.required == tuple(stock.required)
        assert group.implied == tuple(stock.implied)
        assert group.data_coordinate_keys == tuple(stock.data_coordinate_keys)
        assert group.governors == tuple(
            n for n in stock.governors if n in stock.required
        )
        assert [e.name for e in group.elements] == list(stock.elements)
        assert [e.name for e in group.lookup_order] == list(stock.lookup_order)


@each_version
def test_lookup_order_finds_every_key_known(version: int) -> None:
    ours, _ = both(version)
    dimensions = [e.name for e in ours.elements.values() if e.is_dimension]
    for some in combinations([n for n in dimensions if not ours.elements[n].skypix], 3):
        group = ours.group(some)
        known = set(group.required)
        for element in group.lookup_order:
            assert known >= set(element.required)
            known |= set(element.implied)


@each_version
def test_universe_is_sent_as_the_stock_server_sends_it(version: int) -> None:
    ours, _ = both(version)
    expected = config_of(version).to_simple().model_dump(mode="json", by_alias=True)
    assert comparable(ours.document) == comparable(expected)


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Sort what the protocol leaves unordered; `storage` may be absent."""
    elements = {}
    for name, spec in document["elements"].items():
        sorted_ = {key: sorted(spec[key]) for key in ("requires", "implies")}
        elements[name] = {**spec, **sorted_, "storage": None}
    return {**document, "elements": elements}


def test_any_number_of_subsets_keeps_a_bounded_number_of_groups() -> None:
    ours, _ = both(_NEWEST)
    universe = DimensionUniverse(json.dumps(ours.document))
    first = universe.group(["visit", "detector"])
    skypix = [name for name, e in universe.elements.items() if e.skypix]
    for number in range(3_000):
        universe.group(n for bit, n in enumerate(skypix) if number >> bit & 1)
    assert len(universe._groups) <= 1_000
    again = universe.group(["visit", "detector"])
    assert again is not first
    assert again == first
    assert {first: "known"}[again] == "known"


def test_groups_of_other_names_or_another_universe_differ() -> None:
    ours, _ = both(_NEWEST)
    other = DimensionUniverse(json.dumps(ours.document))
    assert ours.group(["visit"]) != ours.group(["detector"])
    assert ours.group(["visit"]) != other.group(["visit"])
    assert ours.group(["visit"]) != ours.group(["visit"]).names


def test_groups_are_interned() -> None:
    ours, _ = both(_NEWEST)
    assert ours.group(["visit", "detector"]) is ours.group(["detector", "visit"])
    assert ours.group(["visit"]) is ours.group(["instrument", "visit", "band"])


@pytest.mark.parametrize(
    "name", ["nothing", "", "visit_definition", "visit.id", "htm0"]
)
def test_what_is_not_a_dimension_makes_no_group(name: str) -> None:
    ours, _ = both(_NEWEST)
    with pytest.raises(DimensionNameError, match="is not a dimension"):
        ours.group(["instrument", name])


def test_newer_style_of_the_document_means_the_same() -> None:
    older, _ = both(_NEWEST)
    newer = DimensionUniverse(json.dumps(older.document))
    assert newer.document == older.document
    assert newer.elements == older.elements


def test_universe_of_another_namespace_is_read_as_it_is() -> None:
    document = document_of(_NEWEST) | {"namespace": "elsewhere", "version": 77}
    universe = DimensionUniverse(json.dumps(document))
    assert universe.version == 77
    assert universe.document["namespace"] == "elsewhere"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"skypix": {}}',
        '{"skypix": {"common": "htm7"}, "elements": [1]}',
        '{"skypix": {"common": "htm7"}, "elements": {"a": {"requires": ["a"]}}}',
        '{"skypix": {"common": "htm7", "x": {"class": "not.Known"}}, "elements": {}}',
    ],
)
def test_what_is_no_universe_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(RepositoryError, match="universe cannot be read") as caught:
        DimensionUniverse(text)
    assert "\n" not in str(caught.value)


def test_unknown_column_type_is_refused_by_name() -> None:
    document = document_of(_NEWEST)
    document["elements"]["detector"]["metadata"][0]["type"] = "blob"
    with pytest.raises(RepositoryError, match="unknown type 'blob'"):
        DimensionUniverse(json.dumps(document))
