"""Python values as they are sent.

Classes of astropy and sphgeom are known by where they come from: who has such a value
has imported them, and nobody else should pay for that.
"""

import sys
from binascii import b2a_base64
from datetime import datetime
from math import isfinite
from numbers import Integral
from typing import Any
from uuid import UUID

from . import regions, times
from .operands import Operand

_INT64 = range(-(2**63), 2**63)


def literal(value: object) -> Operand:  # noqa: PLR0911 - one for each type
    """Return a value as part of a query.

    Raises
    ------
    ValueError
        If no column has such values.
    """
    match value:
        case str():
            return _literal("string", value=str(value))
        case bytes():
            return _literal("hash", encoded=_base64(value))
        case UUID():
            return _literal("uuid", value=str(value))
        case float():
            return _float(value)
        case Integral():
            return _integer(int(value))
        case datetime():
            return moment(times.of_datetime(value))
    return _of_library(value)


def moment(nanoseconds: int) -> Operand:
    """Return a time."""
    return _literal("datetime", nsec=nanoseconds)


def timespan(begin: int, end: int) -> Operand:
    """Return a timespan."""
    return _literal("timespan", begin_nsec=begin, end_nsec=end)


def region(value: Any) -> Operand:
    """Return a region of sphgeom."""
    return _literal("region", encoded=_base64(value.encode()))


def _of_library(value: Any) -> Operand:
    if _is_a(value, "astropy.time", "Time"):
        return moment(times.of_astropy(value))
    if _is_a(value, "lsst.sphgeom", "Region"):
        return region(value)
    if _is_a(value, "lsst.sphgeom", "LonLat"):
        return region(regions.point(value))
    if _is_a(value, "astropy.coordinates", "SkyCoord"):
        return region(regions.of_sky_coordinate(value))
    if hasattr(value, "nsec"):
        return timespan(*map(int, value.nsec))
    raise ValueError(
        f"{value!r} is a {type(value).__name__}, and no column has such values; give "
        "an int, str, float, UUID, bytes, time, timespan or region, or for IN a list."
    )


def _is_a(value: object, module: str, name: str) -> bool:
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, name, ()))


def _integer(value: int) -> Operand:
    if value not in _INT64:
        raise ValueError(f"{value} is too large for a column.")
    return _literal("int", value=value)


def _float(value: float) -> Operand:
    if not isfinite(value):
        raise ValueError(f"{value} is not in any column; compare with NULL instead.")
    return _literal("float", value=float(value))


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _literal(kind: str, **fields: Any) -> Operand:
    return Operand({"expression_type": kind, **fields}, kind)
