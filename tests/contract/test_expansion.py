"""Data IDs with all that follows from them: implied values and records."""

from typing import Any

from lsst.daf.butler import Butler, DimensionRecord

from tests.contract.sides import Call, Sides

VARIANTS_TOO = True


def test_every_data_id_expands_to_the_same_records(sides: Sides) -> None:
    seen = {ref.dataId: ref for ref in sides.refs}
    for data_id in sides.some(list(seen)):
        values = dict(data_id.required)
        sides.ask(Call("registry.expandDataId", values))


def test_what_cannot_be_expanded_is_the_same_error(sides: Sides) -> None:
    for ref in sides.some_types():
        right = dict(ref.dataId.required)
        for key, value in right.items():
            absent = "absent" if isinstance(value, str) else 987_654
            # DirectButler does not check pixels: some fail in sphgeom, some pass.
            if key not in sides.direct.dimensions.skypix_dimensions.names:
                _expand(sides, right | {key: absent})
            _expand(sides, {k: v for k, v in right.items() if k != key})
        for key, value in dict(ref.dataId.mapping).items():
            if key not in right:
                wrong = "wrong" if isinstance(value, str) else 1
                _expand(sides, right | {key: wrong})
    _expand(sides, {})


def test_observations_that_do_not_belong_together_are_inconsistent(
    sides: Sides,
) -> None:
    exposures = _records(sides.direct, "exposure")
    for visit in _records(sides.direct, "visit")[:3]:
        for exposure in exposures[:3]:
            data_id = {
                "instrument": visit.instrument,
                "visit": visit.id,
                "exposure": exposure.id,
            }
            _expand(sides, data_id)


def _expand(sides: Sides, data_id: dict[str, Any]) -> None:
    sides.ask(Call("registry.expandDataId", data_id))


def _records(butler: Butler, element: str) -> list[DimensionRecord]:
    found = butler.registry.queryDimensionRecords(element)
    return sorted(found, key=lambda record: record.id)
