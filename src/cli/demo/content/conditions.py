"""The conditions of a visit: drawn once, and passed to everything made of it.

So its PSF, its summary and its sources agree with each other.
"""

from dataclasses import dataclass

import numpy as np

PIXEL_SCALE_ARCSEC = 0.2
FWHM_PER_SIGMA = 2.3548


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of a visit.

    Parameters
    ----------
    seeing_arcsec
        Full width at half maximum of the PSF.
    sky_counts
        Background level, in counts per pixel.
    zero_point_mag
        Magnitude of one count.
    """

    seeing_arcsec: float
    sky_counts: float
    zero_point_mag: float

    @property
    def psf_sigma_pixels(self) -> float:
        """Width of the PSF."""
        return self.seeing_arcsec / FWHM_PER_SIGMA / PIXEL_SCALE_ARCSEC


def draw_conditions(rng: np.random.Generator) -> Conditions:
    """Return random conditions.

    Parameters
    ----------
    rng
        Source of chance.
    """
    return Conditions(
        seeing_arcsec=float(rng.uniform(0.55, 1.2)),
        sky_counts=float(rng.uniform(800, 2500)),
        zero_point_mag=float(rng.normal(31.4, 0.05)),
    )
