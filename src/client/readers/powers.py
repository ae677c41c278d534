"""Units that astropy would compute for ever: it works out powers of ten as integers."""

import re

# 10**99999, 10^99999 and FITS' 10+99999; longer numbers take seconds, then years.
_ABSURD = re.compile(r"10\s*(\*\*|\^|\+)[\s(+]*\d{6}")


def check_powers(text: str) -> None:
    """Refuse a power of ten with an absurd exponent.

    Parameters
    ----------
    text
        A unit, or a text with units in it.

    Raises
    ------
    ValueError
        If there is one.
    """
    found = _ABSURD.search(text)
    if found:
        raise ValueError(f"a unit with the factor {found[0]}…")
