"""What processing makes of a visit: a summary, images of the PSF, and sources."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from astropy import units
from astropy.table import Table
from lsst.daf.butler import DimensionRecord

from .conditions import FWHM_PER_SIGMA, PIXEL_SCALE_ARCSEC, Conditions
from .sky import middle, scatter

GRID, STAMP = 6, 21
SOURCES = 200
GALAXY_FRACTION = 0.6


def visit_summary(
    regions: Iterable[DimensionRecord], conditions: Conditions, rng: np.random.Generator
) -> Table:
    """Return one row of quality figures for each detector of a visit.

    Parameters
    ----------
    regions
        The ``visit_detector_region`` records of the visit.
    conditions
        Conditions of the visit.
    rng
        Source of chance.
    """
    records = list(regions)
    count = len(records)
    centers = np.array([middle(record.region) for record in records])
    sigma = conditions.psf_sigma_pixels * rng.normal(1, 0.02, count)
    fwhm = sigma * FWHM_PER_SIGMA * PIXEL_SCALE_ARCSEC
    return Table(
        {
            "detector": np.array([record.detector for record in records], np.int64),
            "ra": centers[:, 0] * units.deg,
            "dec": centers[:, 1] * units.deg,
            "psf_sigma": sigma * units.pix,
            "psf_fwhm": fwhm * units.arcsec,
            "sky_background": conditions.sky_counts * rng.normal(1, 0.01, count),
            "zero_point": rng.normal(conditions.zero_point_mag, 0.01, count)
            * units.mag,
            "n_psf_stars": rng.integers(80, 250, count),
        }
    )


def psf_grid(
    conditions: Conditions, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return images of the PSF on a grid over the detector, each of sum one.

    Parameters
    ----------
    conditions
        Conditions of the visit.
    rng
        Source of chance.

    Returns
    -------
    numpy.ndarray
        Images of shape ``(6, 6, 21, 21)``: grid rows and columns, then pixels.
    """
    half = STAMP // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    sigma = conditions.psf_sigma_pixels * rng.normal(1, 0.03, (GRID, GRID, 1, 1))
    images = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    return np.asarray(images / images.sum(axis=(2, 3), keepdims=True), np.float32)


def source_table(
    record: DimensionRecord,
    shape: tuple[int, int],
    conditions: Conditions,
    rng: np.random.Generator,
) -> pa.Table:
    """Return the sources detected on one detector in one visit.

    Parameters
    ----------
    record
        The ``visit_detector_region`` record.
    shape
        Rows and columns of the detector, in pixels.
    conditions
        Conditions of the visit.
    rng
        Source of chance.
    """
    ra, dec = scatter(record.region, SOURCES, rng)
    first_id = (record.visit * 1000 + record.detector) * 1000
    sigma = conditions.psf_sigma_pixels
    flux = 300 * (1 + rng.pareto(1.2, SOURCES))
    extended = rng.random(SOURCES) < GALAXY_FRACTION
    return pa.table(
        {
            "source_id": np.arange(first_id, first_id + SOURCES),
            "ra": ra,
            "dec": dec,
            "x": rng.uniform(0, shape[1], SOURCES),
            "y": rng.uniform(0, shape[0], SOURCES),
            "psf_flux_njy": flux,
            "psf_flux_err_njy": np.sqrt(flux + conditions.sky_counts * sigma**2),
            "extended": extended,
        }
    )
