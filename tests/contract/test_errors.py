"""Errors of lookups: the same exception class and the same kind of message."""

from uuid import uuid4

from lsst.daf.butler import DatasetRef

from tests.contract.sides import Call, Sides


def test_unknown_collection_fails_even_beside_the_right_one(sides: Sides) -> None:
    for ref in sides.some_types()[::3]:
        for path in (["no/such"], [ref.run, "no/such"], ["no/such", "no/other"]):
            for method in ("find_dataset", "getURIs", "get"):
                sides.ask(_lookup(method, ref, path))


def test_no_collections_at_all_is_an_error_of_the_client(sides: Sides) -> None:
    name, data_id = sides.refs[0].datasetType.name, dict(sides.refs[0].dataId.required)
    for method in ("find_dataset", "getURIs"):
        sides.ask(Call(method, name, data_id))


def test_dataset_that_is_nowhere_has_no_uri(sides: Sides) -> None:
    for ref in sides.some_types()[::2]:
        for path in ([], ["nothing*"]):
            sides.ask(_lookup("getURIs", ref, path))
        sides.ask(Call("getURIs", ref.datasetType.name, {}, collections=ref.run))


def test_unknown_uuids_are_unknown_everywhere(sides: Sides) -> None:
    """DirectButler trusts a ref that it is given, and misses only its file."""
    ref = sides.refs[0].replace(id=uuid4())
    sides.ask(Call("exists", ref), bool)
    for method in ("getURIs", "get"):
        sides.expect(Call(method, ref), "DatasetNotFoundError")


def test_writing_is_not_implemented(sides: Sides) -> None:
    sides.expect(Call("collections.register", "new"), "NotImplementedError")


def _lookup(method: str, ref: DatasetRef, path: list[str]) -> Call:
    data_id = dict(ref.dataId.required)
    return Call(method, ref.datasetType.name, data_id, collections=path)
