import hashlib
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import astropy.table
import numpy as np
import pyarrow as pa
import pytest
from lsst.daf.butler import Butler, DatasetRef
from lsst.daf.butler.logging import ButlerLogRecords

from butlery.cli.demo import (
    DemoExtraMissingError,
    DemoSummary,
    RepositoryExistsError,
    build_demo,
)

DataId = dict[str, str | int]

# Python type and number of the datasets of each type.
CONTENTS: dict[str, tuple[type, int]] = {
    "raw_metadata": (dict, 6),
    "isr_log": (ButlerLogRecords, 6),
    "bias_statistics": (dict, 8),
    "flat_response": (np.ndarray, 8),
    "defects": (astropy.table.QTable, 4),
    "filter_throughput": (astropy.table.Table, 4),
    "visit_summary": (astropy.table.Table, 13),
    "calexp_psf_grid": (np.ndarray, 8),
    "source_table": (pa.Table, 8),
    "object_table": (pa.Table, 3),
    "tract_visits": (list, 3),
    "processing_notes": (dict, 1),
}

TOUR = "u/demo/tour"
JUNE_VISIT: DataId = {"instrument": "HSC", "visit": 903342, "detector": 4}
NOVEMBER_VISIT: DataId = {"instrument": "HSC", "visit": 904010, "detector": 4}
LSSTCAM_EXPOSURE: DataId = {
    "instrument": "LSSTCam",
    "exposure": 2025120200439,
    "detector": 10,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return build_demo(tmp_path_factory.mktemp("demo") / "repo")


@pytest.fixture(scope="module")
def butler(built: DemoSummary) -> Iterator[Butler]:
    with Butler.from_config(str(built.root), writeable=False) as client:
        yield client


def every_ref(butler: Butler) -> list[DatasetRef]:
    found = {
        ref
        for name in CONTENTS
        for ref in butler.query_datasets(name, "*", find_first=False, explain=False)
    }
    return sorted(found)


def stored_files(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def dataset_files(root: Path) -> dict[str, str]:
    own = ("butler.yaml", "gen3.sqlite3")
    return {name: sha for name, sha in stored_files(root).items() if name not in own}


def interrupt_at(step: str) -> Callable[[str], None]:
    def progress(sentence: str) -> None:
        if step in sentence:
            raise KeyboardInterrupt

    return progress


def test_every_dataset_reads_back_as_its_python_type(butler: Butler) -> None:
    refs = every_ref(butler)
    assert Counter(ref.datasetType.name for ref in refs) == {
        name: count for name, (_, count) in CONTENTS.items()
    }
    for ref in refs:
        content = butler.get(ref)
        assert isinstance(content, CONTENTS[ref.datasetType.name][0])


def test_a_stock_client_without_butlery_reads_every_dataset(
    built: DemoSummary,
) -> None:
    script = """
import sys
sys.modules["butlery"] = None
from lsst.daf.butler import Butler
with Butler.from_config(sys.argv[1]) as butler:
    types = butler.registry.queryDatasetTypes()
    refs = {r for t in types for r in butler.query_datasets(t, "*", find_first=False)}
    print(sum(butler.get(ref) is not None for ref in refs))
"""
    command = [sys.executable, "-c", script, str(built.root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stdout) == built.datasets


def test_summary_counts_what_the_repository_holds(built: DemoSummary) -> None:
    with sqlite3.connect(built.root / "gen3.sqlite3") as database:
        held = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("dataset_type", "dataset", "collection")
        }
    database.close()
    assert held == {
        "dataset_type": built.dataset_types,
        "dataset": built.datasets,
        "collection": built.collections,
    }
    assert len(dataset_files(built.root)) == built.files == built.datasets == 72


def test_repository_is_small(built: DemoSummary) -> None:
    sizes = [path.stat().st_size for path in built.root.rglob("*") if path.is_file()]
    assert sum(sizes) < 5_000_000


def test_example_is_found_where_the_summary_says(
    built: DemoSummary, butler: Butler
) -> None:
    example = built.example
    table = butler.get(
        example.dataset_type, dict(example.data_id), collections=example.collection
    )
    assert table.num_rows == 200


def test_every_collection_says_what_it_is_for(butler: Butler) -> None:
    infos = butler.collections.query_info("*", include_doc=True)
    assert [info.name for info in infos if not info.doc] == []
    assert {info.type.name for info in infos} == {
        "RUN",
        "TAGGED",
        "CALIBRATION",
        "CHAINED",
    }


@pytest.mark.parametrize(
    ("dataset_type", "data_id"),
    [
        ("processing_notes", {}),
        ("visit_summary", {"instrument": "LSSTCam", "visit": 2025120200440}),
        ("raw_metadata", {"instrument": "HSC", "exposure": 903342, "detector": 10}),
        ("filter_throughput", {"instrument": "HSC", "physical_filter": "HSC-G"}),
        ("tract_visits", {"skymap": "discrete/ci_hsc", "tract": 0}),
        ("defects", LSSTCAM_EXPOSURE),
    ],
)
def test_a_chain_of_chains_leads_to_every_kind_of_collection(
    butler: Butler, dataset_type: str, data_id: DataId
) -> None:
    assert butler.get(dataset_type, data_id, collections=TOUR) is not None


def test_the_newest_processing_shadows_an_older_one(butler: Butler) -> None:
    refs = butler.query_datasets("object_table", "HSC/runs/demo")
    assert {ref.dataId["patch"]: ref.run for ref in refs} == {
        14: "HSC/runs/demo/20260105T083000Z",
        72: "HSC/runs/demo/20260202T091500Z",
    }


@pytest.mark.parametrize(
    ("data_id", "run"),
    [
        (JUNE_VISIT, "HSC/calib/gen/20130601"),
        (NOVEMBER_VISIT, "HSC/calib/gen/20130901"),
        (LSSTCAM_EXPOSURE, "LSSTCam/calib/gen/20251201"),
    ],
)
def test_the_time_of_an_observation_decides_its_calibration(
    butler: Butler, data_id: DataId, run: str
) -> None:
    chain = f"{data_id['instrument']}/defaults"
    found = butler.get("bias_statistics", data_id, collections=chain)
    key = {name: data_id[name] for name in ("instrument", "detector")}
    assert found == butler.get("bias_statistics", key, collections=run)


@pytest.mark.parametrize("instrument", ["LSSTCam", "HSC"])
def test_validity_ranges_follow_each_other(butler: Butler, instrument: str) -> None:
    associations = butler.registry.queryDatasetAssociations(
        "bias_statistics", collections=f"{instrument}/calib/certified"
    )
    spans = {association.timespan for association in associations}
    # In nanoseconds, as the database has them: begin, and end if there is one.
    (_, end_of_first), (begin_of_second, _) = sorted(
        span.nsec for span in spans if span
    )
    assert end_of_first == begin_of_second


@pytest.mark.parametrize("element", ["exposure", "visit"])
@pytest.mark.parametrize("instrument", ["LSSTCam", "HSC"])
def test_every_observation_with_datasets_has_a_valid_calibration(
    butler: Butler, element: str, instrument: str
) -> None:
    name = {"exposure": "raw_metadata", "visit": "calexp_psf_grid"}[element]
    refs = butler.query_datasets(name, f"{instrument}/runs/demo")
    for ref in refs:
        key = {k: ref.dataId[k] for k in ("instrument", element, "detector")}
        assert butler.get("bias_statistics", key, collections=f"{instrument}/calib")


def test_only_sharp_visits_are_tagged(butler: Butler) -> None:
    def seeing(ref: DatasetRef) -> float:
        return float(np.mean(butler.get(ref)["psf_fwhm"]))

    everything = butler.query_datasets("visit_summary", "*", find_first=False)
    tagged = butler.query_datasets("visit_summary", "u/demo/good_seeing")
    others = {*everything} - {*tagged}
    assert {ref.dataId["instrument"] for ref in tagged} == {"LSSTCam", "HSC"}
    assert max(map(seeing, tagged)) < min(map(seeing, others))


def test_sources_lie_where_their_detector_looked(butler: Butler) -> None:
    for ref in butler.query_datasets("source_table", TOUR):
        (record,) = butler.query_dimension_records(
            "visit_detector_region", data_id=ref.dataId
        )
        table = butler.get(ref)
        ra, dec = (np.radians(table[name].to_numpy()) for name in ("ra", "dec"))
        assert record.region.contains(ra, dec).all()


def test_visits_of_a_tract_are_those_that_a_spatial_join_finds(butler: Butler) -> None:
    for ref in butler.query_datasets("tract_visits", TOUR):
        listed = {(row["instrument"], row["visit"]) for row in butler.get(ref)}
        joined = {
            (data_id["instrument"], data_id["visit"])
            for instrument in ("LSSTCam", "HSC")
            for data_id in butler.query_data_ids(
                ["visit", "tract"],
                data_id={"instrument": instrument, **ref.dataId.mapping},
                explain=False,
            )
        }
        assert listed == joined != set()


def test_psf_images_are_normalized(butler: Butler) -> None:
    grid = butler.get("calexp_psf_grid", JUNE_VISIT, collections=TOUR)
    assert grid.shape == (6, 6, 21, 21)
    np.testing.assert_allclose(grid.sum(axis=(2, 3)), 1, rtol=1e-5)


def test_a_throughput_is_a_fits_file_with_units(
    built: DemoSummary, butler: Butler
) -> None:
    key = {"instrument": "LSSTCam", "physical_filter": "z_20"}
    ref = butler.find_dataset("filter_throughput", key, collections="LSSTCam/calib")
    assert ref is not None
    path = Path(butler.getURI(ref).ospath)
    # Found inside the repository, although that was built elsewhere and moved.
    assert path.is_relative_to(built.root)
    assert path.suffix == ".fits"
    assert str(butler.get(ref)["wavelength"].unit) == "nm"


def test_an_empty_folder_is_used_and_contents_repeat(
    built: DemoSummary, tmp_path: Path
) -> None:
    sentences: list[str] = []
    again = build_demo(tmp_path, progress=sentences.append)
    assert dataset_files(again.root) == dataset_files(built.root)
    assert len(sentences) == len(set(sentences)) > 1
    with (
        Butler.from_config(str(built.root)) as one,
        Butler.from_config(str(again.root)) as other,
    ):
        assert every_ref(one) == every_ref(other)


def test_a_second_build_refuses_and_leaves_the_first_untouched(
    built: DemoSummary,
) -> None:
    before = stored_files(built.root)
    with pytest.raises(RepositoryExistsError, match="name another folder") as caught:
        build_demo(built.root)
    assert "already is a Butler repository" in str(caught.value)
    assert stored_files(built.root) == before
    assert list(built.root.parent.iterdir()) == [built.root]


@pytest.mark.parametrize("taken", ["place", "place/thesis.tex"])
def test_other_people_s_files_are_not_overwritten(tmp_path: Path, taken: str) -> None:
    file = tmp_path / taken
    file.parent.mkdir(exist_ok=True)
    file.write_text("years of work")
    with pytest.raises(RepositoryExistsError, match="is not an empty folder"):
        build_demo(tmp_path / "place")
    assert stored_files(tmp_path) == {
        taken: hashlib.sha256(b"years of work").hexdigest()
    }


@pytest.mark.parametrize("step", ["Creating", "Writing", "Counting"])
def test_an_interrupted_build_leaves_nothing_behind(tmp_path: Path, step: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_demo(tmp_path / "not" / "yet" / "there", progress=interrupt_at(step))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_was_filled_during_the_build_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "repo"

    def rival(sentence: str) -> None:
        if "Counting" in sentence:
            place.mkdir()
            (place / "butler.yaml").write_text("theirs")

    with pytest.raises(RepositoryExistsError):
        build_demo(place, progress=rival)
    assert list(tmp_path.iterdir()) == [place]
    assert (place / "butler.yaml").read_text() == "theirs"


@pytest.mark.parametrize("module", ["lsst.daf.butler", "pyarrow"])
def test_a_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DemoExtraMissingError, match=r"pip install 'butlery\[demo\]'"):
        build_demo(tmp_path / "repo")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = """
import sys, butlery.cli.demo
print(*{"lsst.daf.butler", "pyarrow", "astropy"} & {*sys.modules})
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
