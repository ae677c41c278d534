"""Dataset types: one by one, by glob, and the names that are none."""

import pytest
from lsst.daf.butler import Butler

from tests.contract.plain import by_name
from tests.contract.sides import Call, Sides


def test_every_dataset_type_is_defined_alike(sides: Sides) -> None:
    names = [dt.name for dt in sides.direct.registry.queryDatasetTypes(...)]
    assert names
    for name in names:
        sides.ask(Call("get_dataset_type", name))


def test_types_without_datasets_are_known(sides: Sides) -> None:
    if sides.name.startswith("demo"):
        pytest.skip("the demo is not enriched")
    sides.ask(Call("get_dataset_type", "unused"))
    data_id = {"instrument": "any", "detector": 1}
    sides.ask(Call("find_dataset", "unused", data_id, collections="runs/first"))


@pytest.mark.parametrize(
    "expression",
    [
        ...,
        "*",
        "b*",
        "nothing*",
        [],
        "no_such_type",
        ["no_such_type", "b*", "no_other", "no_such_type"],
        ["[br]*", "?at"],
        "bias.wcs",
        "bias.*",
        ["b*", "."],
    ],
    ids=str,
)
def test_expressions_select_the_same_types_and_miss_the_same_names(
    sides: Sides, expression: object
) -> None:
    def question(butler: Butler) -> object:
        missing: list[str] = []
        found = butler.registry.queryDatasetTypes(expression, missing=missing)
        return by_name(found), sorted(missing)

    sides.ask(question, what=f"queryDatasetTypes {expression}")


def test_explicit_names_come_first_in_their_order(sides: Sides) -> None:
    names = sorted({ref.datasetType.name for ref in sides.refs})
    asked = [names[-1], names[0], names[-1]]
    sides.ask(Call("registry.queryDatasetTypes", asked), list)


def test_names_that_are_none_are_the_same_errors(sides: Sides) -> None:
    for name in ("no_such_type", "b*", "a/b", "ö", "", "x" * 200, "a b", "no.such"):
        sides.ask(Call("get_dataset_type", name))
        for method in ("find_dataset", "getURIs"):
            sides.ask(Call(method, name, {}, collections="runs/first"))
