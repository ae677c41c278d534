"""Which part of each instrument's records the demo fills, and in which collections.

Collection names follow the habits of Rubin's own repositories: raws in one run,
calibrations certified over validity ranges from runs that produced them, and one
chain to give to a user.
"""

from dataclasses import dataclass

SKYMAP_RUN = "skymaps"
NOTES_RUN = "u/demo/notes"
GOOD_SEEING = "u/demo/good_seeing"
TOUR = "u/demo/tour"


@dataclass(frozen=True, slots=True)
class Epoch:
    """A set of calibrations and the time for which it is valid.

    Parameters
    ----------
    run
        Collection that holds the datasets.
    begin, end
        Validity range, TAI; `None` leaves it open on that side.
    physical_filters
        Filters that were in the camera, each of which gets a flat field.
    """

    run: str
    begin: str | None
    end: str | None
    physical_filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstrumentPlan:
    """What the demo has of one instrument.

    Parameters
    ----------
    instrument
        Name of the instrument.
    detectors
        Detectors with raws, calibrations and visit-level images.
    amplifiers
        Number of amplifiers of each detector.
    shape
        Rows and columns of a detector, in pixels.
    epochs
        Calibration epochs, in order of time.
    processing_runs
        Runs with processed data, oldest first.
    """

    instrument: str
    detectors: tuple[int, ...]
    amplifiers: int
    shape: tuple[int, int]
    epochs: tuple[Epoch, ...]
    processing_runs: tuple[str, ...]

    @property
    def raw_run(self) -> str:
        """Run with everything that came from the camera."""
        return f"{self.instrument}/raw/all"

    @property
    def certified(self) -> str:
        """CALIBRATION collection with the validity ranges."""
        return f"{self.instrument}/calib/certified"

    @property
    def curated_run(self) -> str:
        """Run with what is valid for all time."""
        return f"{self.instrument}/calib/curated"

    @property
    def calib_chain(self) -> str:
        """Chain of everything that calibrates."""
        return f"{self.instrument}/calib"

    @property
    def defaults_chain(self) -> str:
        """Chain of all inputs to a processing run."""
        return f"{self.instrument}/defaults"

    @property
    def processing_chain(self) -> str:
        """Chain of the processing runs, newest first, and of their inputs."""
        return f"{self.instrument}/runs/demo"


LSSTCAM = InstrumentPlan(
    instrument="LSSTCam",
    detectors=(10, 11),
    amplifiers=16,
    shape=(4000, 4072),
    epochs=(
        Epoch("LSSTCam/calib/gen/20251101", "2025-11-01", "2025-12-01", ("z_20",)),
        # The epoch of the two exposures is still the current one.
        Epoch("LSSTCam/calib/gen/20251201", "2025-12-01", None, ("z_20",)),
    ),
    processing_runs=("LSSTCam/runs/demo/20260105T083000Z",),
)

HSC = InstrumentPlan(
    instrument="HSC",
    # The pair that two visits of different epochs share: one data ID apart from
    # the visit, and a different calibration for each.
    detectors=(4, 10),
    amplifiers=4,
    shape=(4176, 2048),
    epochs=(
        Epoch("HSC/calib/gen/20130601", "2013-06-01", "2013-09-01", ("HSC-R",)),
        Epoch("HSC/calib/gen/20130901", "2013-09-01", "2014-01-01", ("HSC-I",)),
    ),
    processing_runs=(
        "HSC/runs/demo/20260105T083000Z",
        "HSC/runs/demo/20260202T091500Z",
    ),
)

PLANS = (LSSTCAM, HSC)
