"""What calibrates a detector or a filter."""

from typing import Any

import numpy as np
import numpy.typing as npt
from astropy import units
from astropy.table import QTable, Table

FLAT_SIZE = 64
BANDS_NM = {"g": (475, 140), "r": (620, 140), "i": (755, 150), "z": (870, 105)}


def bias_statistics(
    detector: int, amplifiers: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Return level and noise of a detector's bias, amplifier by amplifier.

    Parameters
    ----------
    detector
        ID of the detector.
    amplifiers
        Number of its amplifiers.
    rng
        Source of chance.
    """
    return {
        "detector": detector,
        "n_exposures": 20,
        "amplifiers": [
            {
                "name": f"C{number // 8}{number % 8}",
                "mean_adu": round(rng.normal(0, 0.05), 4),
                "stdev_adu": round(rng.normal(4.2, 0.2), 4),
                "read_noise_electrons": round(rng.normal(6.1, 0.3), 4),
            }
            for number in range(amplifiers)
        ],
    }


def flat_response(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return a binned flat field: vignetting and pixel noise, mean one.

    Parameters
    ----------
    rng
        Source of chance.

    Returns
    -------
    numpy.ndarray
        Response of shape ``(64, 64)``.
    """
    y, x = np.mgrid[-1 : 1 : FLAT_SIZE * 1j, -1 : 1 : FLAT_SIZE * 1j]
    off_axis = rng.uniform(-1, 1, 2)
    vignetting = 1 - 0.02 * ((x - off_axis[0]) ** 2 + (y - off_axis[1]) ** 2)
    response = vignetting * rng.normal(1, 0.003, vignetting.shape)
    return np.asarray(response / response.mean(), np.float32)


def defects(shape: tuple[int, int], rng: np.random.Generator) -> QTable:
    """Return the bad columns of a detector, as boxes in pixels.

    Parameters
    ----------
    shape
        Rows and columns of the detector.
    rng
        Source of chance.
    """
    rows, columns = shape
    count = int(rng.integers(5, 15))
    starts = rng.integers(0, rows, count)
    return QTable(
        {
            "x0": np.sort(rng.integers(0, columns - 3, count)) * units.pix,
            "y0": starts * units.pix,
            "width": rng.integers(1, 4, count) * units.pix,
            # A bad column reaches to the edge that it is not read out through.
            "height": (rows - starts) * units.pix,
        }
    )


def filter_throughput(band: str) -> Table:
    """Return the throughput of a filter, from 300 to 1100 nm.

    Parameters
    ----------
    band
        Band of the filter.
    """
    center, width = BANDS_NM[band]
    wavelength = np.linspace(300, 1100, 401)
    edge = (np.abs(wavelength - center) - width / 2) / 5
    throughput = 0.95 / (1 + np.exp(np.clip(edge, -50, 50)))
    return Table(
        {"wavelength": wavelength * units.nm, "throughput": throughput},
        meta={"BAND": band},
    )
