"""Objects of the client behave as daf_butler's do."""

from enum import IntEnum, StrEnum

import numpy as np
import pytest
from astropy.time import Time, TimeDelta
from lsst.daf.butler import Timespan as StockTimespan

from butlery.client import Butler, ButlerConfigurationError, Timespan
from butlery.client.connection.opening import _require_server
from butlery.client.testing import FakeButlerServer

NOW = Time("2026-01-01T00:00:00", scale="tai")
LATER = NOW + TimeDelta(3600, format="sec")
BOUNDS = [None, NOW, LATER, Time("1960-01-01"), Time("2200-01-01")]
SOME = [
    *((begin, end) for begin in BOUNDS[:4] for end in BOUNDS[1:3]),
    *((begin, end) for begin in BOUNDS[1:3] for end in (None, BOUNDS[4])),
    (None, None),
]


@pytest.mark.parametrize(("begin", "end"), SOME, ids=str)
def test_timespans_are_those_of_daf_butler(
    begin: Time | None, end: Time | None
) -> None:
    theirs, ours = StockTimespan(begin, end), Timespan(begin, end)
    assert ours.nsec == theirs.nsec
    assert ours.isEmpty() == theirs.isEmpty()
    for other in (StockTimespan(NOW, LATER), StockTimespan(None, NOW), NOW, LATER):
        assert ours.overlaps(other) == theirs.overlaps(other), other
        if not theirs.isEmpty():
            assert ours.contains(other) == theirs.contains(other), other
    assert ours.intersection(Timespan(NOW, LATER)).nsec == (
        theirs.intersection(StockTimespan(NOW, LATER)).nsec
    )


class Camera(StrEnum):
    ONE = "Cam"


class Detector(IntEnum):
    TEN = 10


def test_numpys_values_and_constants_are_values() -> None:
    with FakeButlerServer() as server, Butler(server.url) as butler:
        server.add_dimension_records("instrument", {"name": "Cam"})
        server.add_dimension_records(
            "detector", {"instrument": "Cam", "id": 10, "full_name": "S10"}
        )
        server.add_dataset_type(
            "note", ["instrument", "detector"], "StructuredDataDict"
        )
        data_id: dict[str, int | str] = {"instrument": "Cam", "detector": 10}
        server.add_dataset("note", data_id, run="run", content={})
        expected = butler.find_dataset("note", data_id, collections="run")
        assert expected is not None
        of_numpy = {"instrument": np.str_("Cam"), "detector": np.int64(10)}
        runs = np.array(["run"])
        assert butler.find_dataset("note", of_numpy, collections=runs) == expected
        assert butler.find_many("note", [of_numpy], collections=runs) == [expected]
        there = butler.clone(collections=runs, dataId=of_numpy)
        assert there.find_dataset("note") == expected
        kinds = {"instrument": Camera.ONE, "detector": Detector.TEN}
        assert butler.find_dataset("note", kinds, collections="run") == expected
        for odd in (np.array([1, 2]), None, object(), b"Cam"):
            with pytest.raises(TypeError, match="neither a number nor a text"):
                butler.find_dataset("note", instrument=odd, collections="run")
        assert next(butler.get_many([expected.id])) == {}
        assert expected.dataId == data_id
        assert sorted([expected, expected]) == [expected, expected]
        table = expected.datasetType.overrideStorageClass("Other")
        found = butler.find_dataset(table, data_id, collections="run")
        assert found is not None
        assert found.datasetType.storageClass_name == "Other"
        assert str(expected).isprintable()


@pytest.mark.parametrize(
    "url",
    ["http://me:secret@host/repo", "http://host:99999/repo", "http://[::1/repo"],
)
def test_url_that_cannot_be_used_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ButlerConfigurationError) as refused:
        Butler(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://host/api", "https://host/api/butler.yaml"),
        ("http://host:99999/api", "http://host/api/butler.yaml"),
        ("ftp://host/api", "http://host/api/butler.yaml"),
        ("https://me:secret@host/api", "https://host/api/butler.yaml"),
    ],
)
def test_configuration_that_leads_astray_is_refused(url: str, place: str) -> None:
    with pytest.raises(ButlerConfigurationError):
        _require_server(url, place)
