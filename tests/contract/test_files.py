"""Files: their URIs, whether they exist, and what is read from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.table import Table
from lsst.daf.butler import Butler, DatasetRef
from lsst.daf.butler.tests import MetricsExample
from lsst.resources import ResourcePath

from tests.contract.sides import Call, Sides


def test_uris_lead_to_the_same_bytes(sides: Sides) -> None:
    for ref in _stored(sides):
        sides.ask(Call("getURIs", ref), _contents)
        sides.ask(_by_data_id("getURIs", ref), _contents)


def test_existence_is_the_same(sides: Sides) -> None:
    for ref in sides.some(sides.refs):
        sides.ask(Call("exists", ref))
        sides.ask(_by_data_id("exists", ref))
    # Of what has no file the two assume differently, unless they really look.
    for ref in _stored(sides):
        sides.ask(Call("exists", ref, full_check=False), bool)


def test_files_become_the_same_objects(sides: Sides) -> None:
    for ref in _stored(sides):
        sides.ask(Call("get", ref), _comparable)
        sides.ask(_by_data_id("get", ref), _comparable)
        sides.ask(Call("getDeferred", ref), lambda handle: _comparable(handle.get()))


def test_components_become_the_same_objects(sides: Sides) -> None:
    for ref in _stored(sides):
        if ref.datasetType.storageClass_name.startswith("Metric"):
            for name in ref.datasetType.storageClass.components:
                sides.ask(Call("get", ref.makeComponentRef(name)), _comparable)


def test_dataset_without_a_file_is_known_but_not_found(sides: Sides) -> None:
    """DirectButler says FileNotFoundError; the stock client words it otherwise."""
    stored = set(_all_stored(sides))
    for ref in sides.some([ref for ref in sides.refs if ref not in stored], 5):
        sides.expect(Call("getURIs", ref), "DatasetNotFoundError")


def test_retrieved_artifacts_have_the_same_names_and_bytes(
    sides: Sides, tmp_path: Path
) -> None:
    for refs in (_stored(sides), _stored(sides)[:1]):
        for keep in (True, False):

            def question(
                butler: Butler, refs: list[DatasetRef] = refs, *, keep: bool = keep
            ) -> Any:
                place = tmp_path / f"{id(butler)}-{len(refs)}-{keep}"
                butler.retrieveArtifacts(refs, str(place), preserve_path=keep)
                return _tree(place)

            sides.ask(question, what=f"retrieveArtifacts of {len(refs)}, {keep=}")


def test_zip_of_artifacts_can_be_made(sides: Sides, tmp_path: Path) -> None:
    refs = [ref for ref in _stored(sides) if not _is_zipped(sides, ref)]

    def question(butler: Butler) -> Any:
        place = ResourcePath(str(tmp_path / str(id(butler))), forceDirectory=True)
        return butler.retrieve_artifacts_zip(refs, place).exists()

    assert sides.ask(question, what="retrieve_artifacts_zip") is True


def test_another_repository_can_take_everything_over(
    sides: Sides, tmp_path: Path
) -> None:
    refs = [ref for ref in _stored(sides) if not _is_zipped(sides, ref)]
    Butler.makeRepo(
        str(tmp_path), dimensionConfig=sides.direct.dimensions.dimensionConfig
    )
    with Butler.from_config(str(tmp_path), writeable=True) as target:
        # Queries, which would bring the dimension records, are not served yet.
        target.transfer_dimension_records_from(sides.direct, refs)
        target.transfer_from(
            sides.remote,
            sides.remote.get_many_datasets([ref.id for ref in refs]),
            transfer="copy",
            register_dataset_types=True,
        )
        for ref in refs:
            taken = target.get_dataset(ref.id)
            assert taken == ref
            assert _comparable(target.get(taken)) == _comparable(sides.direct.get(ref))


def _by_data_id(method: str, ref: DatasetRef) -> Call:
    data_id = dict(ref.dataId.required)
    return Call(method, ref.datasetType.name, data_id, collections=ref.run)


def _stored(sides: Sides) -> list[DatasetRef]:
    """Return datasets with files: one of each type and run, or all in a soak run."""
    few: dict[object, DatasetRef] = {}
    for ref in _all_stored(sides):
        few.setdefault(ref.id if sides.soak else (ref.datasetType.name, ref.run), ref)
    return list(few.values())


def _all_stored(sides: Sides) -> list[DatasetRef]:
    return [ref for ref in sides.refs if sides.direct._datastore.knows(ref)]


def _is_zipped(sides: Sides, ref: DatasetRef) -> bool:
    uri = sides.direct.getURIs(ref).primaryURI
    return uri is not None and "zip-path" in uri.fragment


def _contents(uris: Any) -> Any:
    found = {None: uris.primaryURI} if uris.primaryURI else uris.componentURIs
    places = {name: ResourcePath(str(uri)) for name, uri in found.items()}
    return {name: (uri.getExtension(), uri.read()) for name, uri in places.items()}


def _comparable(value: Any) -> Any:
    if isinstance(value, MetricsExample):
        return value.exportAsDict()
    if isinstance(value, np.ndarray):
        return value.tolist(), str(value.dtype)
    if isinstance(value, Table):
        return {name: list(value[name]) for name in value.colnames}
    if isinstance(value, pa.Table):
        return value.to_pydict()
    return value


def _tree(place: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != "_butler_artifact_index.json"
    }
