"""The client's universe is daf_butler's, for every version that repositories have."""

from functools import cache
from importlib.resources import files
from itertools import chain, combinations
from typing import Any

import msgspec
import pytest
from lsst.daf.butler import Dimension, DimensionConfig
from lsst.daf.butler import DimensionUniverse as StockUniverse

from butlery.client.errors import ButlerUserError, DimensionNameError
from butlery.client.universe import Universe

_NEWEST = 8
_PIXELS = ("htm7", "htm10", "healpix3")

each_version = pytest.mark.parametrize("version", range(_NEWEST + 1))


@cache
def config_of(version: int) -> DimensionConfig:
    if version == _NEWEST:
        return DimensionConfig()
    name = f"daf_butler_universe{version}.yaml"
    path = files("lsst.daf.butler.configs") / "old_dimensions" / name
    return DimensionConfig(str(path))


def document_of(version: int) -> dict[str, Any]:
    document = config_of(version).to_simple()
    sent: dict[str, Any] = document.model_dump(mode="json", by_alias=True)
    return sent


@cache
def both(version: int) -> tuple[Universe, StockUniverse]:
    return Universe.from_wire(document_of(version)), StockUniverse(config_of(version))


@each_version
def test_elements_stand_in_the_stock_order(version: int) -> None:
    ours, theirs = both(version)
    assert (ours.version, ours.namespace) == (version, theirs.namespace)
    assert list(ours.elements) == list(theirs.elements.names)
    assert list(ours.dimensions) == list(theirs.dimensions.names)
    assert list(ours.governors) == list(theirs.governor_dimensions.names)


@each_version
def test_every_element_is_the_stock_element(version: int) -> None:
    ours, theirs = both(version)
    pixels = theirs.skypix_dimensions.names
    for name, element in ours.elements.items():
        stock = theirs[name]
        assert element.name == name
        assert list(element.required) == list(stock.required.names)
        assert list(element.implied) == list(stock.implied.names)
        assert element.is_dimension == (name in theirs.dimensions.names)
        assert element.is_governor == (name in theirs.governor_dimensions.names)
        assert element.is_pixelization == (name in pixels)
        assert element.is_cached == stock.is_cached
        keys = [column.name for column in element.alternate_keys]
        assert keys == list(stock.alternate_keys.names)
        if isinstance(stock, Dimension):
            assert element.primary_key.name == stock.primary_key.name


@each_version
def test_records_have_the_columns_that_the_stock_client_demands(version: int) -> None:
    ours, theirs = both(version)
    for name, element in ours.elements.items():
        columns = [(c.name, c.type, c.nullable) for c in element.columns]
        stock = theirs[name].schema.all
        assert columns == [(c.name, c.type, c.nullable) for c in stock], name
        values = [column.dimension for column in element.columns if column.dimension]
        assert values == list(theirs[name].dimensions.names)


@each_version
def test_every_group_of_up_to_three_dimensions_is_the_stock_group(version: int) -> None:
    ours, theirs = both(version)
    plain = [n for n in ours.dimensions if not ours.element(n).is_pixelization]
    names = [*plain, *(name for name in _PIXELS if name in ours.elements)]
    for some in chain.from_iterable(combinations(names, n) for n in range(4)):
        group, stock = ours.group(some), theirs.conform(some)
        assert group.names == tuple(stock.names)
        assert group.required == tuple(stock.required)
        assert group.implied == tuple(stock.implied)
        assert group.data_coordinate_keys == tuple(stock.data_coordinate_keys)
        assert group.governors == tuple(stock.governors)
        assert group.elements == tuple(stock.elements)


@each_version
def test_the_name_of_an_element_makes_the_group_of_its_records(version: int) -> None:
    ours, theirs = both(version)
    for name in ours.elements:
        assert ours.group(name).names == tuple(theirs[name].minimal_group.names)


def test_groups_compare_as_sets_of_dimensions() -> None:
    ours, _ = both(_NEWEST)
    visit, both_ = ours.group(["visit"]), ours.group(["visit", "detector"])
    assert visit <= both_
    assert both_ >= visit
    assert not both_ <= visit
    assert visit != both_
    assert visit != visit.names
    assert both_ is ours.group(["detector", "visit", "instrument"])
    assert both_ == Universe.from_wire(document_of(_NEWEST)).group(
        {"visit", "detector"}
    )
    assert len({visit, both_, ours.group(visit)}) == 2


def test_a_group_iterates_over_dimensions_and_contains_elements() -> None:
    ours, theirs = both(_NEWEST)
    names = ["visit", "detector"]
    group, stock = ours.group(names), theirs.conform(names)
    assert list(group) == list(group.names)
    assert len(group) == len(stock)
    for name in (*ours.elements, "nothing"):
        assert (name in group) == (name in stock)
    assert not ours.group([])


@pytest.mark.parametrize("name", ["nothing", "", "visit_definition", "htm0", "htm25"])
def test_what_is_not_a_dimension_makes_no_group(name: str) -> None:
    ours, _ = both(_NEWEST)
    with pytest.raises(DimensionNameError, match=f"^No dimension is called '{name}'"):
        ours.group(["instrument", name])


def test_an_unknown_name_is_a_key_error_that_tells_the_known_ones() -> None:
    ours, _ = both(_NEWEST)
    with pytest.raises(
        KeyError, match=r"element is called 'vist'; .* visit, "
    ) as caught:
        ours.element("vist")
    assert isinstance(caught.value, ButlerUserError)
    with pytest.raises(DimensionNameError):
        ours.group("vist")


def test_what_a_document_leaves_out_has_its_default() -> None:
    document = {
        "skypix": {
            "common": "htm7",
            "systems": {"htm": {"class": "x.HtmPixelization"}},
        },
        "elements": {"a": {"keys": [{"name": "id", "type": "int"}], "later": 1}},
    }
    universe = Universe.from_wire(document)
    assert list(universe.elements) == ["a", *(f"htm{level}" for level in range(1, 25))]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"skypix": {}, "elements": [1]},
        {"skypix": {}, "elements": {"a": {"requires": ["a"]}}},
        {"skypix": {}, "elements": {"a": {"implies": ["b"]}}},
    ],
    ids=str,
)
def test_what_is_no_universe_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        Universe.from_wire(document)
