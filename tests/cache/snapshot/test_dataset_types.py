"""Dataset types by name and glob, and what is said about names that are none."""

import pytest

from butlery.cache import DatasetTypeCatalog, Repository
from butlery.protocol.errors import (
    DatasetTypeExpressionError,
    MissingDatasetTypeError,
    UnknownComponentError,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def types(repository: Repository) -> DatasetTypeCatalog:
    return (await repository.snapshot()).dataset_types


def found_and_missing(
    types: DatasetTypeCatalog, *terms: str
) -> tuple[list[str], list[str]]:
    found, missing = types.query(terms)
    return [type_.name for type_ in found], missing


async def test_names_come_first_and_then_what_globs_match(
    types: DatasetTypeCatalog,
) -> None:
    found, missing = found_and_missing(types, "raw", "note_*", "nope", "note_list")
    assert found[:2] == ["raw", "note_list"]
    assert sorted(found[2:]) == ["note_json", "note_yaml"]
    assert missing == ["nope"]


async def test_nothing_asked_for_is_nothing_found(types: DatasetTypeCatalog) -> None:
    assert found_and_missing(types) == ([], [])
    assert found_and_missing(types, "zz*", "bias.*") == ([], [])
    assert len(found_and_missing(types, "*", "nope")[0]) == len(types.by_name)
    assert found_and_missing(types, "*", "nope")[1] == []


@pytest.mark.parametrize("name", ["", "bias.", ".bias", "1bias", "a b", "a/b", "ä"])
async def test_what_cannot_be_a_name_is_said_to_be_none(
    types: DatasetTypeCatalog, name: str
) -> None:
    with pytest.raises(DatasetTypeExpressionError, match="does not look like"):
        types.get(name)


@pytest.mark.parametrize("name", ["nope", "nope.image"])
async def test_unknown_type_is_missing(types: DatasetTypeCatalog, name: str) -> None:
    with pytest.raises(MissingDatasetTypeError, match="'nope' does not exist"):
        types.get(name)


async def test_component_is_left_to_the_client(types: DatasetTypeCatalog) -> None:
    with pytest.raises(UnknownComponentError, match="ask for 'raw'"):
        types.get("raw.wcs")
    with pytest.raises(DatasetTypeExpressionError, match=r"raw\.wcs"):
        types.query(["raw.wcs"])
