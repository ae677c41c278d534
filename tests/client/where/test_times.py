"""Times mean what they mean to astropy, to the nanosecond, also where it is not."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st
from lsst.daf.butler.time_utils import TimeConverter

from butlery.client.where import times
from butlery.client.where.times import exact
from butlery.client.where.times.texts import read

# Of years whose leap seconds nobody knows yet, astropy warns.
pytestmark = pytest.mark.filterwarnings("ignore:ERFA")

_LAST_LEAP = "2016-12-31"

_EXACT = [
    ("2025-12-03T00:00:00", 1_764_720_037_000_000_000),
    ("2025-12-03", 1_764_720_037_000_000_000),
    ("2025-12-03 00:00", 1_764_720_037_000_000_000),
    ("2025-12-03T00:00:00+00:00", 1_764_720_037_000_000_000),
    ("2025-12-03T00:00:00/tai", 1_764_720_000_000_000_000),
    ("2025-12-03T00:00:00/TT", 1_764_719_967_816_000_000),
    ("2025-12-03 00:00:00.123456789/tai", 1_764_720_000_123_456_789),
    ("2025-12-03 00:00:00.1234567895/tai", 1_764_720_000_123_456_790),
    ("isot/2025-12-03", 1_764_720_037_000_000_000),
    ("2025:337", 1_764_720_037_000_000_000),
    ("2025:337:00:00:01", 1_764_720_038_000_000_000),
    ("60000.", 1_677_283_200_000_000_000),
    ("mjd/60000.5/utc", 1_677_326_437_000_000_000),
    ("JD/2460000.5", 1_677_283_200_000_000_000),
    ("jd/2460000.5/tt", 1_677_283_167_816_000_000),
    ("unix/1764720000.0", 1_764_720_037_000_000_000),
    ("unix/1764720000.0/tai", 1_764_720_037_000_000_000),
    (f"{_LAST_LEAP}T23:59:59", 1_483_228_835_000_000_000),
    (f"{_LAST_LEAP}T23:59:60", 1_483_228_836_000_000_000),
    (f"{_LAST_LEAP}T23:59:60.75", 1_483_228_836_750_000_000),
    ("2017-01-01T00:00:00", 1_483_228_837_000_000_000),
    # Days as numbers have no leap seconds: this one is stretched by one.
    ("mjd/57753.5/utc", 1_483_185_636_500_000_000),
    ("unix/1483185600.0", 1_483_185_636_500_000_000),
    ("1972-01-01T00:00:00", 63_072_010_000_000_000),
    ("1972-06-30T23:59:60", 78_796_810_000_000_000),
    ("1970-01-01/tai", 0),
    ("1900-01-01/tai", 0),
    ("-1.5", 0),
    ("2100-01-01/tai", 4_102_444_800_000_000_000),
    ("2200-01-01", 4_102_444_800_000_000_000),
]
_BY_ASTROPY = [
    *("2020-1-5", "2020-01-01 1:2:3", "2020:1", "2021:366", "fits/2020-01-01T00:00:00"),
    *("+02020-01-01", "cxcsec/700000000.0", "2020-01-01/tdb", "jyear/2020.5"),
    *("unix_tai/5.0", "1971-06-01", "unix/-5.0", "1969-12-31", "2019-12-31T23:59:60"),
    *(f"{_LAST_LEAP}T23:59:61.5", "0020-01-01"),
]
_NO_TIMES = [
    *("", "now", "60000", "mjd/60000", "mjd/1e5", " 2020-01-01", "2020-01-01Z", "2020"),
    *(
        "2020-13-01",
        "2020-02-30",
        "2020-00-10",
        "2020-06-31",
        "2020:000",
        "12020-01-01",
    ),
    *("2020-01-01T24:00:00", "2020-01-01T00:60:00", "2020-01-01t00:00:00", "20-01-01"),
    *("iso/2020-01-01T00:00:00", "isot/2020-01-01 00:00", "mjd/2020-01-01", "iso/1.5"),
    *(
        "yday/2020-01-01",
        "iso/2020:100",
        "never/1.0",
        "2020-01-01/never",
        "tai/60000.0",
    ),
    *("2020-01-01T00:00:00+01:00", "fits/2020-01-01T00:00"),
]


def _stock(value: object, **options: str) -> int:
    return int(TimeConverter().astropy_to_nsec(Time(value, **options)))


@pytest.mark.parametrize(("text", "nanoseconds"), _EXACT)
def test_common_times_need_no_astropy(text: str, nanoseconds: int) -> None:
    assert exact.nanoseconds(*read(text)) is not None
    assert times.of_text(text) == nanoseconds


@pytest.mark.parametrize("text", _BY_ASTROPY)
def test_all_other_times_are_those_of_astropy(text: str) -> None:
    value, format_, scale = read(text)
    assert exact.nanoseconds(value, format_, scale) is None
    assert times.of_text(text) == _stock(value, format=format_, scale=scale)


@pytest.mark.parametrize("text", _NO_TIMES)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        times.of_text(text)


def test_without_astropy_common_times_are_known_and_others_say_what_is_missing() -> (
    None
):
    program = """
import sys
sys.modules["astropy"] = sys.modules["astropy.time"] = None
from butlery.client.where import times
assert times.of_text("2025-12-03T00:00:00") == 1764720037000000000
try:
    times.of_text("2020-01-01/tdb")
except ValueError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("pip install astropy.\n")
    assert "'2020-01-01' as iso/tdb" in done.stdout


_instants = st.datetimes(datetime(1972, 1, 1), datetime(2099, 12, 30))  # noqa: DTZ001
_scales = st.sampled_from(["utc", "tai", "tt"])


@given(_instants, st.integers(0, 999), _scales, st.sampled_from("T "))
def test_clock_times_are_those_of_astropy(
    instant: datetime, more: int, scale: str, separator: str
) -> None:
    text = f"{instant.isoformat(separator, 'microseconds')}{more:03}"
    format_ = "isot" if separator == "T" else "iso"
    expected = _stock(text, format=format_, scale=scale)
    assert times.of_text(f"{text}/{scale}") == expected


@given(st.floats(41_317, 88_068), _scales)
def test_days_are_those_of_astropy(days: float, scale: str) -> None:
    expected = _stock(days, format="mjd", scale=scale)
    assert abs(times.of_text(f"mjd/{days:.12f}/{scale}") - expected) <= 1
    julian = days + 2_400_000.5
    expected = _stock(julian, format="jd", scale=scale)
    # astropy keeps half a day at most in its second float, and rounds that.
    assert abs(times.of_text(f"jd/{julian:.12f}/{scale}") - expected) <= 1


@given(st.floats(63_072_000, 4_100_000_000))
def test_seconds_of_unix_are_those_of_astropy(seconds: float) -> None:
    expected = _stock(seconds, format="unix", scale="utc")
    assert abs(times.of_text(f"unix/{seconds:.9f}") - expected) <= 1


@given(_instants, st.integers(-12, 12))
def test_times_of_python_are_those_of_astropy(instant: datetime, hours: int) -> None:
    assert times.of_datetime(instant) == _stock(instant)
    aware = instant.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert times.of_datetime(aware) == _stock(aware)
    assert times.of_datetime(instant.replace(tzinfo=UTC)) == times.of_datetime(instant)


@given(_instants, st.integers(0, 999), st.sampled_from(["utc", "tai", "tt", "tdb"]))
def test_times_of_astropy_are_converted_as_stock_does(
    instant: datetime, more: int, scale: str
) -> None:
    time = Time(f"{instant.isoformat(timespec='microseconds')}{more:03}", scale=scale)
    # Ours are exact; where astropy calculates, the other's are rounded twice.
    difference = times.of_astropy(time) - TimeConverter().astropy_to_nsec(time)
    assert abs(difference) <= (scale == "tdb")


def test_an_array_of_times_is_no_time() -> None:
    with pytest.raises(ValueError, match="not an array"):
        times.of_astropy(Time(["2020-01-01", "2021-01-01"]))


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (5, 7, (5, 7)),
        (5, 5, (5, 6)),
        (7, 5, (4_102_444_800_000_000_000, 0)),
        (None, 5, (0, 5)),
        (5, None, (5, 4_102_444_800_000_000_000)),
        (None, None, (0, 4_102_444_800_000_000_000)),
    ],
)
def test_a_timespan_is_half_open(
    begin: int | None, end: int | None, expected: tuple[int, int]
) -> None:
    assert times.timespan(begin, end) == expected


@pytest.mark.parametrize("bound", [0, 4_102_444_800_000_000_000])
def test_a_bound_of_all_times_is_no_timespan(bound: int) -> None:
    with pytest.raises(ValueError, match="at the same bound"):
        times.timespan(bound, bound)
