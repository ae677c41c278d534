"""Values come out of both databases as DirectButler reads them."""

from collections.abc import Mapping
from typing import Any

import pytest
from astropy.time import Time
from lsst.daf.butler import Butler, DimensionRecord, Timespan
from lsst.sphgeom import Box, Circle, LonLat, Region, UnitVector3d

from butlery.cache import Repository
from butlery.protocol.dimensions import RequestDataId
from butlery.protocol.scalars import EMPTY, TIMESPAN_MAX, TIMESPAN_MIN, UNBOUNDED
from tests.registry.opening import OwnRepository

pytestmark = pytest.mark.anyio

BEGIN = Time("2021-03-04T05:06:07.123456789", scale="tai", format="isot")
END = Time("2021-03-04T05:06:38", scale="tai", format="isot")
_NSEC = Timespan(BEGIN, END).nsec

SPANS: dict[int, Timespan | None] = {
    1: None,
    2: Timespan(BEGIN, END),
    3: Timespan(None, None),
    4: Timespan(BEGIN, None),
    5: Timespan(None, END),
    6: Timespan.makeEmpty(),
    7: Timespan.fromInstant(BEGIN),
}
EXPECTED = {
    1: None,
    2: list(_NSEC),
    3: list(UNBOUNDED),
    4: [_NSEC[0], TIMESPAN_MAX],
    5: [TIMESPAN_MIN, _NSEC[1]],
    6: list(EMPTY),
    7: [_NSEC[0], _NSEC[0] + 1],
}
REGIONS = {
    0: None,
    1: Circle(UnitVector3d(1.0, 0.0, 0.0)),
    2: Box(LonLat.fromDegrees(1, 2), LonLat.fromDegrees(3, 4)),
}
BOOLEANS = {1: True, 2: False, 3: None}


def insert(butler: Butler, element: str, *rows: Mapping[str, Any]) -> None:
    record = butler.dimensions[element].RecordClass
    butler.registry.insertDimensionData(element, *(record(**row) for row in rows))


def fill(butler: Butler) -> None:
    """Add records with every sort of value."""
    cam = {"instrument": "Cam1"}
    days = [{**cam, "id": day, "timespan": span} for day, span in SPANS.items()]
    insert(butler, "day_obs", *days)
    insert(butler, "group", {**cam, "name": "g"})
    common = {**cam, "day_obs": 1, "group": "g", "physical_filter": "Cam1-G"}
    insert(
        butler,
        "exposure",
        *(
            {
                **common,
                "id": 1000 + number,
                "obs_id": f"obs-{number}",
                "timespan": span,
                "has_simulated": BOOLEANS.get(number),
                "exposure_time": number / 3,
                "target_name": 'a "quoted" \u2028 Größe',
            }
            for number, span in SPANS.items()
        ),
    )
    sky = {"skymap": "sky"}
    insert(butler, "skymap", {"name": "sky", "hash": bytes(range(40))})
    tracts = [{**sky, "id": number, "region": r} for number, r in REGIONS.items()]
    insert(butler, "tract", *tracts)
    patch = {**sky, "tract": 1, "id": 5, "cell_x": 1, "cell_y": 2}
    insert(butler, "patch", {**patch, "region": REGIONS[1]})


@pytest.fixture(scope="module")
def shared(shared: OwnRepository) -> OwnRepository:
    with Butler.from_config(str(shared.root), writeable=True) as butler:
        fill(butler)
    return shared


def as_sent(record: DimensionRecord) -> dict[str, Any]:
    """Return DirectButler's record as the stock server would send it."""
    values = dict(record.toDict())
    for name, value in values.items():
        if isinstance(value, Timespan):
            values[name] = list(value.nsec)
        elif isinstance(value, Region):
            values[name] = value.encode().hex()
        elif isinstance(value, bytes):
            values[name] = value.hex()
    return values


async def test_every_value_is_decoded_as_by_directbutler(
    shared: OwnRepository, repository: Repository
) -> None:
    with Butler.from_config(str(shared.root)) as butler:
        for element in ("day_obs", "exposure", "skymap", "tract", "patch", "detector"):
            stock = list(butler.registry.queryDimensionRecords(element))
            assert stock
            for record in stock:
                data_id: RequestDataId = dict(record.dataId.required)
                expanded = await repository.expand_data_id(data_id)
                got = dict(expanded.records[element].values)
                assert got == as_sent(record)
                assert {k: type(v) for k, v in got.items()} == {
                    k: type(v) for k, v in as_sent(record).items()
                }


async def test_timespans_have_the_bounds_of_the_protocol(
    repository: Repository,
) -> None:
    for number, expected in EXPECTED.items():
        for name, value in (("exposure", 1000 + number), ("day_obs", number)):
            data_id: RequestDataId = {"instrument": "Cam1", name: value}
            expanded = await repository.expand_data_id(data_id)
            assert expanded.records[name].values["timespan"] == expected


async def test_booleans_are_true_false_or_null(repository: Repository) -> None:
    for number, expected in BOOLEANS.items():
        data_id: RequestDataId = {"instrument": "Cam1", "exposure": 1000 + number}
        expanded = await repository.expand_data_id(data_id)
        assert expanded.records["exposure"].values["has_simulated"] is expected


async def test_regions_and_hashes_are_hexadecimal(repository: Repository) -> None:
    for number, region in REGIONS.items():
        data_id: RequestDataId = {"skymap": "sky", "tract": number}
        records = (await repository.expand_data_id(data_id)).records
        expected = None if region is None else region.encode().hex()
        assert records["tract"].values["region"] == expected
        assert records["skymap"].values["hash"] == bytes(range(40)).hex()
