"""Whether the parts of a FITS file lie within it, whatever their headers claim."""

from typing import Any

from .errors import UnreadableFileError
from .stored_file import StoredFile


def check_extent(file: StoredFile, hdu: Any, size: int) -> None:
    """Refuse an HDU that ends behind its file: a lie, or a file that was cut off.

    Parameters
    ----------
    file
        The file, for the message.
    hdu
        One of its HDUs, as astropy has it.
    size
        Length of the file in bytes.
    """
    place = hdu.fileinfo()
    length = place["datSpan"]
    end = place["datLoc"] + length
    if length < 0 or end > size:
        raise UnreadableFileError(
            file, f"HDU {hdu.name!r} claims to end at byte {end} of a file of {size}"
        )
