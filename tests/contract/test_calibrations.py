"""Calibrations by validity range: which one is found, and when it is ambiguous.

Ranges are certified around the first exposures (`tests.support.enrichment`):
one ends where the next begins, some are open, one dataset has two.
"""

from functools import partial
from itertools import product
from typing import Any

from lsst.daf.butler import Butler, DatasetRef, Timespan
from lsst.daf.butler.registry import CollectionType

from tests.contract.sides import Failure, Sides, outcome

_AMBIGUOUS = "CalibrationLookupError"
_UNBOUNDED = Timespan(None, None)


def test_lookup_by_timespan_agrees_in_every_path(sides: Sides) -> None:
    timespans = [item for item in _timespans(sides).items() if item[0] != "unbounded"]
    # The step has no divisor in common with the number of timespans or paths, so
    # that a thinned-out product still pairs each with each.
    searches = list(product(_one_of_each_data_id(sides), _paths(sides), timespans))
    for number, (ref, path, (name, timespan)) in enumerate(sides.some(searches, 7)):
        records = number % 2 == 0
        question = partial(
            _find, ref=ref, path=path, timespan=timespan, records=records
        )
        sides.ask(f"find {ref}, {name} {timespan}, in {path}", question)


def test_all_time_is_ambiguous_as_soon_as_two_ranges_match(sides: Sides) -> None:
    """DirectButler disagrees with itself here, and the server does not.

    In a search over runs *and* calibrations it counts datasets, elsewhere
    validity ranges: one dataset certified twice is returned by the first and
    refused by the second. Refusing is the documented intent.
    """
    searches = list(product(_one_of_each_data_id(sides), _paths(sides)))
    for ref, path in sides.some(searches, 2):
        question = partial(_find, ref=ref, path=path, timespan=_UNBOUNDED)
        what = f"find {ref}, all time, in {path}"
        if _winner_has_two_ranges(sides, ref, path):
            sides.expect_failure(what, _AMBIGUOUS, question)
        else:
            sides.ask(what, question)


def test_without_a_timespan_calibrations_are_not_searched(sides: Sides) -> None:
    for ref in _one_of_each_data_id(sides):
        for name in _calibration_collections(sides):
            question = partial(_find, ref=ref, path=[name], timespan=None)
            assert sides.ask(f"find {ref} in {name}", question) is None


def test_an_empty_timespan_finds_nothing_anywhere(sides: Sides) -> None:
    empty = Timespan.makeEmpty()
    for ref in _one_of_each_data_id(sides):
        question = partial(_find, ref=ref, path=[ref.run], timespan=empty)
        assert sides.ask(f"find {ref} in {ref.run}", question) is None


def test_timespans_do_not_matter_to_other_dataset_types(sides: Sides) -> None:
    refs = [r for r in sides.one_of_each_type() if not r.datasetType.isCalibration()]
    searches = list(product(refs, _timespans(sides).values()))
    for ref, timespan in sides.some(searches, 5):
        question = partial(_find, ref=ref, path=[ref.run], timespan=timespan)
        sides.ask(f"find {ref} at {timespan}", question)


def _find(
    butler: Butler,
    *,
    ref: DatasetRef,
    path: list[str],
    timespan: Timespan | None,
    records: bool = False,
) -> DatasetRef | None:
    return butler.find_dataset(
        ref.datasetType.name,
        dict(ref.dataId.required),
        collections=path,
        timespan=timespan,
        dimension_records=records,
    )


def _one_of_each_data_id(sides: Sides) -> list[DatasetRef]:
    calibrations = [ref for ref in sides.refs if ref.datasetType.isCalibration()]
    unique = {(ref.datasetType.name, ref.dataId): ref for ref in calibrations}
    return list(unique.values())


def _calibration_collections(sides: Sides) -> list[str]:
    return sorted(
        sides.direct.collections.query("*", collection_types=CollectionType.CALIBRATION)
    )


def _paths(sides: Sides) -> list[list[str]]:
    """Each calibration collection, chains that hold some, and some orders."""
    alone = _calibration_collections(sides)
    chains = sides.direct.collections.query_info(
        "*", collection_types=CollectionType.CHAINED
    )
    holding = sorted(c.name for c in chains if set(c.children) & set(alone))
    runs = sorted({ref.run for ref in sides.refs if ref.datasetType.isCalibration()})
    ordered = [[*alone[::-1]], [*alone, *runs], [*runs, *alone]]
    return [*([name] for name in alone), *([name] for name in holding), *ordered]


def _timespans(sides: Sides) -> dict[str, Timespan]:
    """Return moments in and between the ranges, and the ranges of exposures."""
    found = sides.direct.registry.queryDimensionRecords("exposure")
    spans = sorted(
        (record.timespan for record in found if record.timespan is not None),
        key=lambda span: span.nsec,
    )
    begin, middle = spans[0].nsec
    end = spans[-1].nsec[1]
    day = 86_400_000_000_000
    return {
        "within the first": _span(begin + 1, middle - 1),
        "the first": _span(begin, middle),
        "from the first's end": _span(middle, middle + 1),
        "up to the first's begin": _span(begin - day, begin),
        "one instant at the border": _span(middle - 1, middle),
        "over the border": _span(middle - 1, middle + 1),
        "over all": _span(begin - day, end + day),
        "long before": _span(day, 2 * day),
        "from the last's end": _span(end, end + day),
        "open to the past": Timespan(None, spans[0].begin),
        "open to the future": Timespan(spans[-1].end, None),
        "the last": spans[-1],
        "unbounded": _UNBOUNDED,
        "empty": Timespan.makeEmpty(),
    }


def _span(begin: int, end: int) -> Timespan:
    return Timespan(begin=None, end=None, _nsec=(begin, end))


def _winner_has_two_ranges(sides: Sides, ref: DatasetRef, path: list[str]) -> bool:
    """Ask DirectButler collection by collection, where it counts ranges."""
    flat = sides.direct.collections.query(path, flatten_chains=True)
    for name in flat:
        found: Any = outcome(
            partial(_find, ref=ref, path=[name], timespan=_UNBOUNDED), sides.direct
        )
        if isinstance(found, Failure):
            return found.kind == _AMBIGUOUS
        if found is not None:
            return False
    return False
