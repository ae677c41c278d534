"""A release has the numbers and the long paths of Data Preview 1."""

from collections import Counter

from benchmarks.release.datasets import Dataset, all_datasets
from benchmarks.release.observations import observations
from benchmarks.release.plan import RAW_RUN, STEPS, run_of
from benchmarks.release.size import DP1, TINY


def images(datasets: list[Dataset]) -> list[Dataset]:
    return [d for d in datasets if d.kind.name == "visit_image"]


def test_release_is_as_large_as_data_preview_1() -> None:
    counts = Counter(d.kind.name for d in all_datasets(DP1) if d.run[:2] != "u/")
    assert counts["raw"] == counts["visit_image"] == 1792 * 9
    assert counts["difference_image"] == 1792 * 9
    assert counts["visit_summary"] == 1792
    assert len({o.id for o in observations(DP1)}) == 1792


def test_no_two_datasets_share_an_id_or_a_path() -> None:
    datasets = list(all_datasets(DP1))
    assert len({d.id for d in datasets}) == len(datasets)


def test_paths_of_products_are_long() -> None:
    for dataset in images(list(all_datasets(TINY))):
        if dataset.run in map(run_of, STEPS):
            assert len(dataset.path) >= 200


def test_path_is_what_the_template_makes() -> None:
    first = next(d for d in all_datasets(TINY) if d.run == RAW_RUN)
    assert first.path == (
        "LSSTComCam/raw/all/raw/20241024/CC_O_20241024_000101/"
        "raw_LSSTComCam_u_02_CC_O_20241024_000101_R22_S00_LSSTComCam_raw_all.fits"
    )


def test_some_users_have_images_that_hide_those_of_the_release() -> None:
    found = images(list(all_datasets(TINY)))
    released = {d.values for d in found if d.run.startswith("LSSTComCam")}
    own = {d.values for d in found if d.run.startswith("u/")}
    assert own
    assert own < released
