"""Exposures, visits and what joins them, for a data set that has none.

Existing visits get exposures of the same times; without any, three nights'
worth of both are invented. Some nullable columns are left null on purpose.
"""

from collections.abc import Iterable
from typing import Any

from astropy.time import Time, TimeDelta
from lsst.daf.butler import Butler, DimensionRecord, Timespan

_FIRST = Time("2021-01-01T02:00:00", scale="tai", format="isot")
_MAXIMUM = 3


def add_observations(butler: Butler) -> None:
    if _records(butler, "exposure"):
        return
    instrument = _records(butler, "instrument")[0].name
    if not _records(butler, "visit_system"):
        row = {"instrument": instrument, "id": 0, "name": "one-to-one"}
        _insert(butler, "visit_system", [row])
    visits = _records(butler, "visit")[:_MAXIMUM]
    rows = [_of_visit(visit) for visit in visits] or _invented(butler, instrument)
    _insert(butler, "day_obs", _days(butler, rows))
    groups = [{"instrument": r["instrument"], "name": r["group"]} for r in rows]
    _insert(butler, "group", groups)
    _insert(butler, "exposure", rows)
    if not visits:
        _insert(butler, "visit", rows)
    links = [
        {
            "instrument": row["instrument"],
            "exposure": row["id"],
            "visit": row["id"],
            "visit_system": 0,
        }
        for row in rows
    ]
    _insert(butler, "visit_definition", links)
    _insert(butler, "visit_system_membership", links)


def _of_visit(visit: DimensionRecord) -> dict[str, Any]:
    row = dict(visit.toDict())
    day = row.get("day_obs") or 20210909
    return _exposure(row["instrument"], row["id"], row["physical_filter"], day) | {
        "timespan": visit.timespan
    }


def _invented(butler: Butler, instrument: str) -> list[dict[str, Any]]:
    filters = [r.name for r in _records(butler, "physical_filter")]
    rows = []
    for number in range(_MAXIMUM):
        begin = _FIRST + TimeDelta(number, format="jd", scale="tai")
        end = begin + TimeDelta(30.0, format="sec", scale="tai")
        day = int((begin.to_datetime()).strftime("%Y%m%d"))
        row = _exposure(instrument, 100 + number, filters[number % len(filters)], day)
        rows.append(row | {"timespan": Timespan(begin, end)})
    return rows


def _exposure(
    instrument: str, number: int, physical_filter: str, day: int
) -> dict[str, Any]:
    """Columns of exposures and visits of all universes; each takes its own."""
    return {
        "instrument": instrument,
        "id": number,
        "physical_filter": physical_filter,
        "day_obs": day,
        "group": f"group {number}",
        "group_name": f"group {number}",
        "group_id": number,
        "obs_id": f"observation-{number}",
        "name": f"visit-{number}",
        "visit_system": 0,
        "exposure_time": 30.0,
        "observation_type": "science",
        "observation_reason": None,
        "seq_num": number % 1000,
        "target_name": 'a "quoted" target \u2028 of two lines',
        "science_program": "",
        "zenith_angle": 12.5,
        "has_simulated": False,
        "can_see_sky": None,
    }


def _days(butler: Butler, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the days that are not there yet, each from noon to noon."""
    if "day_obs" not in butler.dimensions.elements.names:
        return []
    known = {(r.instrument, r.id) for r in _records(butler, "day_obs")}
    days = []
    for key in sorted({(row["instrument"], row["day_obs"]) for row in rows} - known):
        text = str(key[1])
        noon = f"{text[:4]}-{text[4:6]}-{text[6:]}T12:00:00"
        begin = Time(noon, scale="tai", format="isot")
        end = begin + TimeDelta(1.0, format="jd", scale="tai")
        timespan = Timespan(begin, end)
        days.append({"instrument": key[0], "id": key[1], "timespan": timespan})
    return days


def _insert(butler: Butler, element: str, rows: list[dict[str, Any]]) -> None:
    if element not in butler.dimensions.elements.names or not rows:
        return
    record_class = butler.dimensions[element].RecordClass
    columns = set(record_class.fields.names)
    records = [
        record_class(**{name: row[name] for name in columns & row.keys()})
        for row in rows
    ]
    butler.registry.insertDimensionData(element, *records, skip_existing=True)


def _records(butler: Butler, element: str) -> list[DimensionRecord]:
    found = butler.registry.queryDimensionRecords(element)
    return sorted(found, key=lambda record: str(record.dataId.required_values))
