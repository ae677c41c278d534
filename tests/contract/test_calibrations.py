"""Calibrations by validity range: which one is found, and when it is ambiguous.

Ranges are certified around the first exposures (`tests.support.enrichment`):
one ends where the next begins, some are open, one dataset has two.
"""

from itertools import product
from typing import Any

import pytest
from lsst.daf.butler import DatasetRef, Timespan
from lsst.daf.butler._collection_type import CollectionType

from tests.contract.sides import Call, Failure, Sides, outcome

VARIANTS_TOO = True
pytestmark = pytest.mark.usefixtures("quick_lookups")

_AMBIGUOUS = "CalibrationLookupError"
_UNBOUNDED = Timespan(None, None)


def test_lookup_by_timespan_agrees_in_every_path(sides: Sides) -> None:
    timespans = [item for item in _timespans(sides).items() if item[0] != "unbounded"]
    # The step has no divisor in common with the number of timespans or paths, so
    # that a thinned-out product still pairs each with each.
    searches = list(product(_one_of_each_data_id(sides), _paths(sides), timespans))
    for number, (ref, path, (name, timespan)) in enumerate(sides.some(searches, 31)):
        question = _find(ref, path, timespan, dimension_records=number % 2 == 0)
        sides.ask(question, what=f"{name}: {question}")


def test_all_time_is_ambiguous_as_soon_as_two_ranges_match(sides: Sides) -> None:
    """DirectButler disagrees with itself here, and the server does not.

    In a search over runs *and* calibrations it counts datasets, elsewhere
    validity ranges: one dataset certified twice is returned by the first and
    refused by the second. Refusing is the documented intent.
    """
    searches = list(product(_one_of_each_data_id(sides), _paths(sides)))
    for ref, path in sides.some(searches, 2):
        question = _find(ref, path, _UNBOUNDED)
        if _winner_has_two_ranges(sides, ref, path):
            sides.expect(question, _AMBIGUOUS)
        else:
            sides.ask(question)


def test_without_a_timespan_calibrations_are_not_searched(sides: Sides) -> None:
    for ref in sides.some(_one_of_each_data_id(sides)):
        for name in _calibration_collections(sides):
            assert sides.ask(_find(ref, [name], None)) is None


def test_an_empty_timespan_finds_nothing_anywhere(sides: Sides) -> None:
    for ref in sides.some(_one_of_each_data_id(sides)):
        assert sides.ask(_find(ref, [ref.run], Timespan.makeEmpty())) is None


def test_timespans_do_not_matter_to_other_dataset_types(sides: Sides) -> None:
    refs = [r for r in sides.one_of_each_type() if not r.datasetType.isCalibration()]
    searches = list(product(refs, _timespans(sides).values()))
    for ref, timespan in sides.some(searches, 5):
        sides.ask(_find(ref, [ref.run], timespan))


def _find(
    ref: DatasetRef, path: list[str], timespan: Timespan | None, **options: Any
) -> Call:
    data_id = dict(ref.dataId.required)
    options = {"collections": path, "timespan": timespan, **options}
    return Call("find_dataset", ref.datasetType.name, data_id, **options)


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
        found: Any = outcome(_find(ref, [name], _UNBOUNDED), sides.direct)
        if isinstance(found, Failure):
            return found.kind == _AMBIGUOUS
        if found is not None:
            return False
    return False
