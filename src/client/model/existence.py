"""How much of a dataset exists."""

from enum import Flag


class DatasetExistence(Flag):
    """What is known of a dataset; true if it can be read, as far as was looked.

    Members and values are those of `lsst.daf.butler`.
    """

    UNRECOGNIZED = 0
    RECORDED = 1
    DATASTORE = 2
    _ARTIFACT = 4
    _ASSUMED = 8
    KNOWN = RECORDED | DATASTORE | _ASSUMED
    VERIFIED = RECORDED | DATASTORE | _ARTIFACT

    def __bool__(self) -> bool:
        return self in {DatasetExistence.KNOWN, DatasetExistence.VERIFIED}
