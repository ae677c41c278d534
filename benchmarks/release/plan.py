"""What a release is made of: names of collections, dataset types, filters.

Names follow those of Data Preview 1, so that paths are as long as real ones.
"""

from dataclasses import dataclass

INSTRUMENT = "LSSTComCam"
SKYMAP = "lsst_cells_v1"
FILTERS = {"u": "u_02", "g": "g_01", "r": "r_03", "i": "i_06", "z": "z_03", "y": "y_04"}
"""Physical filter of each band."""

RELEASE = f"{INSTRUMENT}/DP1"
"""The chain that everybody searches."""
PROCESSING = f"{INSTRUMENT}/runs/DRP/DP1/w_2025_10/DM-49359"
DEFAULTS = f"{INSTRUMENT}/defaults"
RAW_RUN = f"{INSTRUMENT}/raw/all"
CALIB_CHAIN = f"{INSTRUMENT}/calib"
CERTIFIED = f"{INSTRUMENT}/calib/DM-48955"
EPOCHS = {
    f"{INSTRUMENT}/calib/DM-48955/gen/2024{month}01T000000Z": (f"2024-{month}-01", end)
    for month, end in (("10", "2024-11-01"), ("11", "2024-12-01"), ("12", "2025-01-01"))
}
"""Runs of calibrations, and for when these are valid."""
STEPS = tuple(f"{PROCESSING}/step{number}" for number in range(1, 8))
"""Each is a chain of one run."""
PERMANENT = f"{INSTRUMENT}/*"
"""What never changes any more."""


def run_of(step: str) -> str:
    """Return the run of a step."""
    return f"{step}/20250301T120000Z"


def user_run(user: int) -> str:
    """Return the run in which a user keeps what they make."""
    return f"u/user{user:03}/DM-{50000 + user}/20250715T093000Z"


def user_chain(user: int) -> str:
    """Return the chain that a user searches: the own run, then the release."""
    return f"u/user{user:03}/DM-{50000 + user}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A dataset type; ``run`` is None if it is one of calibrations."""

    name: str
    dimensions: tuple[str, ...]
    storage_class: str
    run: str | None = None

    @property
    def is_calibration(self) -> bool:
        """Whether it is found by validity range."""
        return self.run is None


_DETECTOR, _VISIT = ("instrument", "detector"), ("instrument", "visit")
_IMAGE = ("instrument", "visit", "detector")
KINDS = (
    Kind("raw", ("instrument", "exposure", "detector"), "Exposure", RAW_RUN),
    Kind("visit_image", _IMAGE, "ExposureF", run_of(STEPS[1])),
    Kind("difference_image", _IMAGE, "ExposureF", run_of(STEPS[4])),
    Kind("visit_summary", _VISIT, "ExposureCatalog", run_of(STEPS[0])),
    Kind(
        "deep_coadd",
        ("skymap", "tract", "patch", "band"),
        "ExposureF",
        run_of(STEPS[2]),
    ),
    Kind("object", ("skymap", "tract"), "ArrowAstropy", run_of(STEPS[3])),
    Kind("visit_table", ("instrument",), "ArrowAstropy", run_of(STEPS[5])),
    Kind("diff_summary", _VISIT, "ArrowAstropy", run_of(STEPS[6])),
    Kind("bias", _DETECTOR, "ExposureF"),
    Kind("dark", _DETECTOR, "ExposureF"),
    Kind("flat", (*_DETECTOR, "physical_filter"), "ExposureF"),
)
