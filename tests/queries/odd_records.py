"""Records of small dimensions in which much is missing or unusual."""

from astropy.time import Time
from lsst.daf.butler import Butler, Timespan
from lsst.sphgeom import ConvexPolygon, UnitVector3d

_REGION = ConvexPolygon(
    [UnitVector3d(1, 0, 0), UnitVector3d(0, 1, 0), UnitVector3d(0, 0, 1)]
)
_DAY = Timespan(Time("2025-01-01", scale="tai"), Time("2025-01-02", scale="tai"))
RAFTS = ("Ж", "a*b", "[x]", "50%", "a_b", "é", "z\u2028z", "Zz")


def add_odd_records(butler: Butler) -> None:
    """Add two instruments, a skymap and nights to a repository."""
    insert = butler.registry.insertDimensionData
    insert(
        "instrument",
        {"name": "Ödd", "class_name": "x", "detector_max": 2**62, "visit_max": None},
        {"name": "cam1", "class_name": "y", "detector_max": None, "visit_max": -5},
    )
    insert(
        "detector",
        *(
            {
                "instrument": "Ödd",
                "id": number,
                "full_name": f"R{number}",
                "raft": None if number == 1 else raft,
                "name_in_raft": raft,
                "purpose": None if number % 2 else "SCIENCE",
            }
            for number, raft in enumerate(RAFTS, start=-4)
        ),
        {"instrument": "cam1", "id": 1, "full_name": "Aa"},
        {"instrument": "cam1", "id": 2**53 + 1, "full_name": "big", "raft": "A"},
    )
    insert(
        "physical_filter",
        {"instrument": "cam1", "name": "f1", "band": "é"},
        {"instrument": "Ödd", "name": "f1", "band": "r"},
        {"instrument": "Ödd", "name": "f2", "band": "G"},
    )
    insert(
        "day_obs",
        {"instrument": "Ödd", "id": 20250101, "timespan": _DAY},
        {"instrument": "Ödd", "id": 20250102, "timespan": None},
        {"instrument": "cam1", "id": 20250101, "timespan": _DAY},
    )
    insert("visit_system", {"instrument": "Ödd", "id": 0, "name": "one-to-one"})
    insert(
        "skymap",
        {"name": "sky", "hash": b"0123456789", "tract_max": 5, "patch_nx_max": 1},
        {"name": "Sky2", "hash": b"9876543210", "tract_max": None},
    )
    insert(
        "tract",
        *({"skymap": "sky", "id": n, "region": _REGION} for n in range(5)),
        {"skymap": "Sky2", "id": 0, "region": None},
    )
