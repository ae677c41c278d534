"""Questions that both clients are asked: calls of the query methods, as users write.

Those in `REFUSED` have no meaning, and neither client may send them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.time import Time
from lsst.daf.butler import Timespan
from lsst.sphgeom import Box, Circle, ConvexPolygon, LonLat, UnitVector3d

_ID = UUID("123e4567-e89b-12d3-a456-426614174000")
_SPAN = Timespan(Time("2020-01-01", scale="tai"), None)
_CIRCLE = Circle(UnitVector3d(LonLat.fromDegrees(10, -5)))
_POLYGON = ConvexPolygon(
    [UnitVector3d(1, 0, 0), UnitVector3d(0, 1, 0), UnitVector3d.Z()]
)


@dataclass(frozen=True)
class Case:
    """A call: `Case("query_datasets", "bias", where="detector = 1")`."""

    method: str
    subject: Any
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        # The same in every process: sets and objects look different in each.
        said = [f"{name}={_plain(value)}" for name, value in self.options.items()]
        words = [self.method.removeprefix("query_"), _plain(self.subject), *said]
        return " ".join(words)[:100]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return str([*value])
    return str(sorted(value) if isinstance(value, set) else value)


def _datasets(subject: str, **options: Any) -> Case:
    return Case("query_datasets", subject, options)


def _data_ids(subject: Any, **options: Any) -> Case:
    return Case("query_data_ids", subject, options)


def _records(subject: str, **options: Any) -> Case:
    return Case("query_dimension_records", subject, options)


_CONDITIONS = """
    detector = 1
    detector = 1 AND instrument = 'Cam1'
    detector = -1
    detector = +1
    detector = - -1
    -detector < 3
    detector + 1 = 3 - 1 - 1
    detector + 2 * 3 % 4 / 2 > (detector + 2) * 3
    1 < detector
    1.5 <= detector
    detector != 1.
    detector >= .5e1
    NOT detector = 1
    not not detector = 1
    NOT (detector = 1 OR detector = 2)
    NOT (detector = 1 AND detector = 2)
    NOT (detector = 1 OR (detector = 2 AND NOT detector = 3))
    detector = 1 OR detector = 2 AND detector = 3
    (detector = 1 OR detector = 2) AND detector = 3
    (detector = 1 AND detector = 2) OR (detector = 3 AND detector = 4)
    detector = 1 OR detector = 2 OR (detector = 3 AND detector = 4) OR detector = 5
    ((detector = 1))
    detector IN (1)
    detector IN (1, -2, +3)
    detector NOT IN (1, 2)
    detector in (1..3)
    detector in (1..9:2, 20, 30 .. 40 : 5)
    detector not in (-5..-1)
    detector in (5..4)
    detector in (NULL, 1)
    detector IN (id)
    detector = NULL
    NULL != detector.raft
    detector.raft = NULL AND NOT detector.raft != null
    detector.full_name = 'Aa'
    full_name < 'Ab' AND name != 'a'
    detector.name_in_raft IN ('a', 'b')
    glob(detector.full_name, 'A*')
    GLOB((raft), 'A?')
    NOT Glob(full_name, '')
    instrument.class_name = 'x' AND class_name != 'y'
    instrument.visit_max > 5 AND exposure_max > detector_max
    exposure.can_see_sky
    NOT exposure.can_see_sky OR exposure.has_simulated
    exposure.can_see_sky = NULL
    null != (exposure.can_see_sky)
    exposure = 1 AND exposure.day_obs = 20200101
    exposure.seq_num in (1..5) and exposure.obs_id = 'a'
    exposure.exposure_time > 5.5 AND exposure.dark_time > 5
    exposure.timespan OVERLAPS (T'2020-01-01', NULL)
    exposure.timespan overlaps (null, T'2020-01-01/tai')
    exposure.timespan OVERLAPS (NULL, NULL)
    exposure.timespan OVERLAPS (T'2021-01-01', T'2020-01-01')
    exposure.timespan OVERLAPS (T'2021-01-01', T'2021-01-01')
    exposure.timespan OVERLAPS T'60000.5'
    T'mjd/60000.5/utc' overlaps exposure.timespan
    exposure.timespan OVERLAPS visit.timespan
    exposure.timespan.begin > T'2020:100:10:20:30.123456789'
    exposure.timespan.end <= T'unix/1600000000.25'
    exposure.timespan.begin < exposure.timespan.end
    exposure.timespan = NULL
    exposure.timespan != (T'2021-01-01', NULL)
    visit.timespan.begin in (T'2020-01-01', T'2020-01-02 10:20')
    visit.region OVERLAPS POINT(10, -5.5)
    visit.region overlaps CIRCLE(10, -5.5, 0.25)
    BOX(10, -5.5, 1, .5) OVERLAPS visit.region
    visit.region OVERLAPS polygon(0, 0, 0, 1, 1, 1, 1, 0)
    visit.region OVERLAPS REGION('CIRCLE 12.5 -30.2 0.5')
    visit_detector_region.region OVERLAPS patch.region
    tract.region = POINT(1, 2) OR tract.region != NULL
    visit = 1 AND visit.name = 'v' AND visit.id = 2 AND visit.instrument = 'Cam1'
    visit.physical_filter = 'r' AND physical_filter.band = 'r' and band.name = 'g'
    physical_filter.name = 'R' and detector.id = 2
    htm7 = 3 AND htm9.id IN (1..5)
    visit.region OVERLAPS htm7.region
    healpix3.region OVERLAPS POINT(1, 2)
    patch = 5 AND patch.cell_x = 1 AND patch.tract = 0
    tract.skymap = 'x' and skymap.tract_max > 3
    visit_definition.exposure = 3 AND visit_system_membership.visit_system = 1
    day_obs = 20200101 and day_obs.timespan overlaps T'2020-01-01'
    group = 'a' AND exposure.group = 'b' AND group.name = 'c'
"""
_OF_DATASETS = """
    run = 'runs/first'
    bias.run = 'runs/first' OR bias.collection = 'runs/second'
    collection IN ('runs/first', 'runs/second')
    glob(bias.run, 'runs/*')
    ingest_date > T'2020-01-01'
    ingest_date = NULL
    bias.ingest_date <= T'2100-01-01/tai' AND ingest_date != T'60000.0/utc'
    bias.timespan OVERLAPS (T'2020-01-01', T'2020-02-01')
    timespan OVERLAPS T'2020-01-01'
    timespan.begin < T'2020-01-01' AND bias.timespan.end > T'2020-01-01'
    timespan OVERLAPS ingest_date
    bias.timespan OVERLAPS exposure.timespan
    dataset_id = UUID('123e4567-e89b-12d3-a456-426614174000')
    bias.dataset_id IN (UUID('123e4567-e89b-12d3-a456-426614174000'))
    run = full_name AND run < 'z'
"""
_BOUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("detector = :d", {"d": 1}),
    ("detector = d", {"d": np.int64(1)}),
    ("detector < d", {"d": np.float64(1.5)}),
    ("detector = :d", {"d": True}),
    ("detector.full_name = :s OR raft = s", {"s": "it's"}),
    ("glob(full_name, :s)", {"s": "A*"}),
    ("detector IN (d)", {"d": [1, 2]}),
    ("detector IN (:d, 7, :e)", {"d": (1, 2), "e": 3}),
    ("detector NOT IN (:d)", {"d": {3, 1, 2}}),
    ("detector IN (:d)", {"d": []}),
    ("full_name IN (:d)", {"d": frozenset({"a", "b"})}),
    ("exposure.timespan OVERLAPS :t", {"t": _SPAN}),
    ("exposure.timespan OVERLAPS t", {"t": Timespan.makeEmpty()}),
    ("exposure.timespan OVERLAPS t", {"t": Time("2020-01-01", scale="tdb")}),
    ("exposure.timespan.begin > t", {"t": Time(60000.123456789, format="mjd")}),
    ("exposure.timespan.begin IN (t)", {"t": [Time("2020-01-01T10:20:30.123456789")]}),
    ("timespan.begin > T'2020-01-01'", {"timespan": _SPAN}),
    ("(t, NULL) OVERLAPS exposure.timespan", {"t": datetime(2020, 1, 1, 10)}),  # noqa: DTZ001
    (
        "exposure.timespan.end < t",
        {"t": datetime(2020, 1, 1, 1, 2, 3, 4567, tzinfo=UTC)},
    ),
    (
        "exposure.timespan.end < :t",
        {"t": datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=-3)))},
    ),
    ("visit.region OVERLAPS r", {"r": _CIRCLE}),
    ("visit.region OVERLAPS :r", {"r": _POLYGON}),
    ("visit.region OVERLAPS :r", {"r": Box(LonLat.fromDegrees(1, 2))}),
    ("visit.region OVERLAPS :r", {"r": LonLat.fromDegrees(10, -5)}),
    ("visit.region OVERLAPS :r", {"r": SkyCoord(10, -5, unit="deg", frame="fk5")}),
    ("visit.region OVERLAPS CIRCLE(ra, :dec, -r)", {"ra": 10, "dec": -5.5, "r": -0.1}),
    ("visit.region OVERLAPS REGION(:r)", {"r": "RANGE 1 2 3 4"}),
    ("skymap.hash = :h", {"h": b"\x00\xff"}),
    ("unused = detector", {"unused": 1, "other": object()}),
    ("detector = 1", {}),
)
_REFUSED = """
    detector
    5
    NULL
    detector =
    detector = 1 AND
    (detector = 1
    detector = 1)
    detector = 1 detector = 2
    detector = 1 = 1
    detector = (detector = 1)
    detector = 'a'
    detector = "a"
    detector = 'a
    detector.full_name = 'a''b'
    detector.full_name = 1
    detector < NULL
    NULL = NULL
    detector = 1..5
    detector IN ()
    detector IN (1,)
    detector IN ((1))
    detector IN 1
    detector IN (1..5:0)
    detector IN (5..3)
    detector IN ('a')
    detector IN (1.5..2)
    detector IN (detector.id)
    detector IN (1 + 1)
    detector IN (:missing)
    detector IN (POINT(1, 2))
    detector IN (1) IN (2)
    full_name IN (1..5)
    detector.full_name + 1 = 2
    detector + 1.5 = 2
    detector % 1.5 = 2
    -full_name = 'a'
    +full_name = 'a'
    detector = :missing
    detector = missing
    nothing.name = 'a'
    detector.nothing = 1
    detector.id.more = 1
    detector.raft.begin = T'2020-01-01'
    a.b.c.d = 1
    visit.region OVERLAPS 5
    visit.region < POINT(1, 2)
    visit.region IN (POINT(1, 2))
    POINT(1, 2) OVERLAPS POINT(1, 2)
    visit.region OVERLAPS POINT(1)
    visit.region OVERLAPS POINT('a', 2)
    visit.region OVERLAPS POINT(detector, 2)
    visit.region OVERLAPS CIRCLE(1, 2)
    visit.region OVERLAPS CIRCLE(1, 2, 1 + 1)
    visit.region OVERLAPS BOX(1, 2, 3)
    visit.region OVERLAPS POLYGON(1, 2, 3, 4)
    visit.region OVERLAPS POLYGON(1, 2, 3, 4, 5, 6, 7)
    visit.region OVERLAPS REGION('nonsense')
    visit.region OVERLAPS REGION(5)
    visit.region OVERLAPS SQUARE(1, 2)
    visit.region OVERLAPS NULL
    exposure.timespan < T'2020-01-01'
    exposure.timespan OVERLAPS (1, 2)
    exposure.timespan OVERLAPS ('2020-01-01', NULL)
    exposure.timespan OVERLAPS T'2020-13-01'
    exposure.timespan OVERLAPS T'2020-02-30'
    exposure.timespan OVERLAPS T'60000'
    exposure.timespan OVERLAPS T'2020-01-01T00:00:00+02:00'
    exposure.timespan OVERLAPS T'2020-01-01/nowhere'
    exposure.timespan OVERLAPS T'never/2020-01-01'
    exposure.timespan OVERLAPS T'iso/60000.5'
    exposure.timespan OVERLAPS T''
    exposure.timespan OVERLAPS (T'1900-01-01', T'1900-01-01')
    exposure.can_see_sky = 1
    exposure.can_see_sky = exposure.can_see_sky
    exposure.can_see_sky IN (1)
    exposure.exposure_time
    dataset_id = UUID('nonsense')
    dataset_id = 'a'
    dataset_id < UUID('123e4567-e89b-12d3-a456-426614174000')
    run OVERLAPS 'a'
    ingest_date < ingest_date
    glob('a', 'b')
    glob(detector, 'b')
    glob(full_name, 1)
    glob(full_name, raft)
    glob(full_name)
    detector = 1 # why
    detector ! 1
    detector = : d
    calexp.run = 'a'
    bias.nothing = 1
"""
_BADLY_BOUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("detector = :d", {"d": None}),
    ("detector = :d", {"d": [1]}),
    ("detector = :d", {"d": object()}),
    ("detector IN (:d)", {"d": [1, "a"]}),
    ("detector IN (:d)", {"d": [[1]]}),
    ("detector IN (:d)", {"d": ["a"]}),
    ("glob(full_name, d)", {"d": "a"}),
    ("glob(d, 'a')", {"d": "a"}),
    ("exposure.timespan OVERLAPS :d", {"d": datetime(2020, 1, 1).date()}),  # noqa: DTZ001
    ("exposure.timespan OVERLAPS :d", {"d": Time(["2020-01-01", "2021-01-01"])}),
    ("visit.region OVERLAPS :d", {"d": SkyCoord([1, 2], [3, 4], unit="deg")}),
    ("visit.region OVERLAPS REGION(:d)", {"d": 5}),
)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _sent() -> Iterator[Case]:
    for where in _lines(_CONDITIONS):
        yield _datasets("bias", where=where)
    for where in _lines(_CONDITIONS)[::4]:
        yield _data_ids(["detector", "exposure"], where=where)
    for where in _lines(_CONDITIONS)[::5]:
        yield _records("detector", where=where)
    for where in _lines(_OF_DATASETS):
        yield _datasets("bias", where=where)
    for where, bind in _BOUND:
        yield _datasets("bias", where=where, bind=bind)
    yield from _sent_otherwise()


def _sent_otherwise() -> Iterator[Case]:
    for name in ("raw", "calexp", "coadd", "refcat", "packages", "warp", "visit_pair"):
        yield _datasets(name)
    yield _datasets("bias", where=" \n\t ")
    yield _datasets("bias", where="detector\n =\t1\n\nOR detector=2")
    yield _datasets("bias", find_first=False, with_dimension_records=True)
    yield _datasets("bias", limit=None)
    yield _datasets("bias", limit=0)
    yield _datasets("bias", limit=7)
    yield _datasets("bias", limit=-7)
    yield _datasets("bias", explain=True)
    yield _datasets("bias", collections=["runs/second", "calib/main"])
    yield _datasets("bias", collections=("runs/first",), find_first=False)
    yield _datasets("bias", detector=1)
    yield _datasets("bias", data_id={"instrument": "Cam1", "detector": 1})
    yield _datasets("bias", data_id={"detector": 1, "visit": 5}, detector=2, band="r")
    yield _datasets("bias", where="detector = 1", data_id={"visit": np.int64(5)})
    yield _datasets("bias", where="detector = 1", detector=2.0, skymap="x")
    yield _datasets("calexp", patch=5, tract=3)
    yield _datasets("calexp", htm7=5, where="visit > 3 OR patch = 1")
    yield _datasets("calexp", where="seq_num > 3")
    for terms in ("detector", "-detector", "-id", "full_name", "-bias.run"):
        yield _datasets("bias", order_by=terms)
    yield _datasets("bias", order_by=["-detector.raft", "instrument", "ingest_date"])
    yield _datasets("bias", order_by=("-timespan.begin", "bias.timespan.end"))
    yield _datasets("bias", order_by=("timespan.begin",), bind={"timespan": _SPAN})
    yield _datasets("calexp", order_by=["visit.timespan.begin", "-seq_num", "visit.id"])
    yield _data_ids("detector")
    yield _data_ids(["visit", "detector"], with_dimension_records=True, explain=True)
    yield _data_ids({"patch", "band"}, order_by=["-tract", "band"], limit=5)
    yield _data_ids("visit_detector_region", where="seq_num > 3")
    yield _data_ids([], where="visit = 5")
    yield _data_ids("skymap", where="tract.id > 3 AND hash != NULL")
    yield _data_ids(["exposure"], order_by="exposure.timespan.begin", visit=3)
    yield _data_ids(["detector"], where="raft = 'a'", data_id={"skymap": "x"})
    for element in ("visit", "exposure", "band", "patch", "htm7", "visit_definition"):
        yield _records(element)
    yield _records("visit", order_by=[], limit=-3, explain=True)
    yield _records("visit", where="region OVERLAPS POINT(1, 2)")
    yield _records("visit", order_by=["-visit.timespan.end", "seq_num"])
    yield _records("visit_detector_region", where="detector = 1 AND visit > 5")
    yield _records("physical_filter", band="r", order_by="-physical_filter.name")
    yield _records("patch", where="cell_x = 1 AND tract = 0", skymap="x")


def _refused() -> Iterator[Case]:
    for where in _lines(_REFUSED):
        yield _datasets("bias", where=where)
    for where, bind in _BADLY_BOUND:
        yield _datasets("bias", where=where, bind=bind)
    yield _datasets("bias", detector="a")
    yield _datasets("bias", detector=None)
    yield _datasets("bias", seq_num=5)
    yield _datasets("bias", data_id={"exposure.seq_num": 5})
    yield _datasets("bias", visit_definition=5)
    for term in ("", "-", "--detector", "nothing", "visit", "calexp.run"):
        yield _datasets("bias", order_by=term)
    yield _datasets("bias", order_by=["detector", "dataset_id"])
    yield _datasets("bias", order_by="timespan")
    yield _datasets("bias", order_by="d", bind={"d": 1})
    yield _data_ids(["detector"], order_by="ingest_date")
    yield _data_ids(["detector"], where="bias.run = 'a'")
    yield _data_ids(["detector"], where="ingest_date > T'2020-01-01'")
    yield _data_ids(["visit"], where="name = 'a'")
    yield _data_ids(["visit", "detector"], order_by="id")
    yield _data_ids(["nothing"])
    yield _data_ids("nothing")
    yield _data_ids(["detector"], order_by="visit")
    yield _records("nothing")
    yield _records("visit", where="detector.raft.id = 3")
    yield _records("detector", order_by="bias.run")
    yield _records("exposure", where="exposure.can_see_sky = 'a'")


SENT = tuple(_sent())
REFUSED = tuple(_refused())
ALL_DATASETS: tuple[dict[str, Any], ...] = (
    {"name": ["*"]},
    {"name": ["b*", "flat"], "find_first": False, "collections": ["runs/*"]},
    {"name": ["bias"], "where": "detector in (1, d) # nonsense", "bind": {"d": 5}},
    {"name": ["bias"], "bind": {"t": _SPAN, "u": _ID, "r": _CIRCLE, "unused": b"x"}},
    {
        "name": ["bias"],
        "data_id": {"detector": np.int64(1), "band": "r"},
        "detector": 2,
    },
    {"name": ["bias"], "data_id": {"detector": 2.0}, "visit": True},
    {"name": ["bias"], "limit": None},
    {"name": ["bias"], "limit": 5},
    {"name": ["bias"], "limit": -5},
    {"name": ["bias"], "limit": 0},
)
