"""How large a release is: that of Data Preview 1, or a tiny one for tests."""

import msgspec


class Size(msgspec.Struct, frozen=True):
    """The numbers that the rest follows from."""

    visits: int = 1792
    detectors: int = 9
    tracts: int = 20
    patches: int = 25
    """Of each tract."""
    users: int = 400


DP1 = Size()
TINY = Size(visits=8, detectors=2, tracts=1, patches=2, users=4)
