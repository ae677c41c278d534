"""Points in time as whole days, so that they fit into JSON and into a model."""

from astropy.time import Time
from lsst.daf.butler import Timespan

_FIRST_DAY = 60_000  # MJD; day 0 of the tests


def days(begin: float, end: float) -> Timespan:
    """Return the timespan from one day to another."""
    return Timespan(_at(begin), _at(end))


def _at(day: float) -> Time:
    return Time(_FIRST_DAY + day, format="mjd", scale="tai")
