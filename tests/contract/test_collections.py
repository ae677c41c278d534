"""Collections one by one: what each of them is and holds."""

from itertools import product

from tests.contract.sides import Call, Sides

VARIANTS_TOO = True


def test_each_collection_is_described_alike(sides: Sides) -> None:
    for name in sides.some(_names(sides)):
        for parents, summary in product((False, True), repeat=2):
            options = {"include_parents": parents, "include_summary": summary}
            sides.ask(Call("collections.get_info", name, **options))


def test_registry_interface_tells_the_same(sides: Sides) -> None:
    for name in sides.some(_names(sides)):
        for method in (
            "getCollectionType",
            "getCollectionDocumentation",
            "getCollectionSummary",
            "getCollectionParentChains",
            "getCollectionChain",
        ):
            sides.ask(Call(f"registry.{method}", name))


def _names(sides: Sides) -> list[str]:
    return sorted(sides.direct.collections.query("*"))
