"""Times as users write them: ``[format/]value[/scale]``."""

import re

_TIME = re.compile(
    r"""
    (?: (?P<format>\w+) / )?
    (?P<value>
        (?P<mjd>  -? (?: \d+[.]\d* | [.]\d+ ) )
      | (?P<iso>  \d+-\d+-\d+ (?: [ Tt] \d+:\d+ (?: :\d+ (?: [.]\d* )? )? )? )
      | (?P<fits> [+]\d+-\d+-\d+ (?: [Tt] \d+:\d+:\d+ (?: [.]\d* )? )? )
      | (?P<yday> \d+:\d+ (?: :\d+:\d+ (?: :\d+ (?: [.]\d* )? )? )? )
    )
    (?: / (?P<scale>\w+) )?
    """,
    re.VERBOSE | re.ASCII,
)
_UTC = frozenset({"iso", "isot", "fits", "yday", "unix"})


def read(text: str) -> tuple[str | float, str, str]:
    """Return the value, format and scale of a time, as astropy calls them.

    The format is guessed from the value. The scale, unless it is said, is UTC for clock
    times and seconds of Unix, TT for those of Chandra, and TAI for all others. Time
    zones are unknown, but for ``+00:00``.

    Raises
    ------
    ValueError
        If it is no time.
    """
    match = _TIME.fullmatch(text.replace("+00:00", ""))
    if match is None:
        raise ValueError(
            f"{text!r} is no time; write 2025-12-03T10:20:30, 2025:337 or 60000.5 (an "
            "MJD, which needs the point), and behind it /tai or /utc."
        )
    format_ = (match["format"] or _guess(match)).lower()
    usual = "utc" if format_ in _UTC else "tt" if format_ == "cxcsec" else "tai"
    value = match["value"] if match["mjd"] is None else float(match["value"])
    return value, format_, (match["scale"] or usual).lower()


def _guess(match: re.Match[str]) -> str:
    if match["iso"]:
        return "isot" if "T" in match["iso"].upper() else "iso"
    return next(name for name in ("mjd", "fits", "yday") if match[name])
