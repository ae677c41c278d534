"""What comes with a raw exposure: its header, and the log of its first reduction."""

from datetime import UTC, timedelta
from typing import Any

from lsst.daf.butler import DimensionRecord
from lsst.daf.butler.logging import ButlerLogRecord, ButlerLogRecords

LOGGER = "lsst.isr"
STEPS = (
    "Subtracting overscan.",
    "Assembling amplifiers.",
    "Applying bias correction.",
    "Applying flat field.",
    "Masking defects.",
)


def raw_metadata(
    exposure: DimensionRecord, detector: DimensionRecord, shape: tuple[int, int]
) -> dict[str, Any]:
    """Return the header of one detector's raw image.

    Parameters
    ----------
    exposure
        Record of the exposure.
    detector
        Record of the detector.
    shape
        Rows and columns of the detector, in pixels.
    """
    return {
        "INSTRUME": exposure.instrument,
        "OBSID": exposure.obs_id,
        "OBSTYPE": exposure.observation_type,
        "DAYOBS": exposure.day_obs,
        "SEQNUM": exposure.seq_num,
        "TIMESYS": "TAI",
        "DATE-BEG": exposure.timespan.begin.tai.isot,
        "DATE-END": exposure.timespan.end.tai.isot,
        "EXPTIME": exposure.exposure_time,
        "FILTER": exposure.physical_filter,
        "OBJECT": exposure.target_name,
        "RA": exposure.tracking_ra,
        "DEC": exposure.tracking_dec,
        "ROTPA": exposure.sky_angle,
        "DETECTOR": detector.id,
        "DETNAME": detector.full_name,
        "NAXIS1": shape[1],
        "NAXIS2": shape[0],
    }


def isr_log(exposure: DimensionRecord, detector: DimensionRecord) -> ButlerLogRecords:
    """Return the log of instrument signature removal.

    Parameters
    ----------
    exposure
        Record of the exposure.
    detector
        Record of the detector.
    """
    label = f"{exposure.obs_id}, {detector.full_name}"
    return ButlerLogRecords.from_records(
        [
            _log_record(number, text, label, exposure)
            for number, text in enumerate(STEPS)
        ]
    )


def _log_record(
    number: int, text: str, label: str, exposure: DimensionRecord
) -> ButlerLogRecord:
    end = exposure.timespan.end.utc.to_datetime(timezone=UTC)
    return ButlerLogRecord(
        name=LOGGER,
        # One step a second, from the end of the exposure.
        asctime=end + timedelta(seconds=number),
        message=text,
        levelno=20,
        levelname="INFO",
        filename="isr.py",
        pathname="isr.py",
        lineno=number + 1,
        process=1,
        processName="MainProcess",
        MDC={"LABEL": label},
    )
