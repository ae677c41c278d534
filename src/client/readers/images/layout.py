"""HDUs of an image file: which of them is what, and whether it can be true."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from ..demands import check_demand
from ..errors import UnreadableFileError, UnsupportedReadError, unreadable
from ..extents import check_extent
from ..packages import optional
from ..stored_file import StoredFile
from .box import Box
from .headers import first_pixel

if TYPE_CHECKING:
    import numpy as np
    from astropy.io.fits import HDUList, Header

PLANES = ("IMAGE", "MASK", "VARIANCE")


class ImageFile:
    """An open FITS file with images; nothing is read but what is asked for.

    Parameters
    ----------
    file
        The file, for messages.
    hdus
        Its HDUs.
    size
        Its length in bytes.
    """

    def __init__(self, file: StoredFile, hdus: "HDUList", size: int) -> None:
        self._file = file
        self._hdus = hdus
        self._size = size

    @property
    def primary_header(self) -> "Header":
        """Header of the first HDU, where the metadata of an exposure are.

        It is empty if that HDU has pixels itself: their header says it all.
        """
        first = self._hdus[0]
        return type(first.header)() if _has_pixels(first) else first.header

    def has(self, plane: str) -> bool:
        """Tell whether there is a plane of a name.

        Parameters
        ----------
        plane
            One of ``IMAGE``, ``MASK`` and ``VARIANCE``.
        """
        return self._find(plane) is not None

    def header(self, plane: str) -> "Header":
        """Return the header of a plane.

        Parameters
        ----------
        plane
            One of ``IMAGE``, ``MASK`` and ``VARIANCE``, or empty for the only image.
        """
        return self._hdu(plane).header

    def box(self, plane: str) -> Box:
        """Return the box of a plane, in the coordinates of the parent.

        Parameters
        ----------
        plane
            Its name.
        """
        hdu = self._hdu(plane)
        rows, columns = hdu.shape
        return Box((0, columns), (0, rows)).shifted(*first_pixel(hdu.header))

    def pixels(self, plane: str, box: Box) -> "np.ndarray[Any, Any]":
        """Return the pixels of a plane within a box, in the machine's byte order.

        Parameters
        ----------
        plane
            Its name.
        box
            Which of them, in the coordinates of the parent.
        """
        hdu = self._hdu(plane)
        if not self.box(plane).contains(box):
            raise UnreadableFileError(self._file, f"{plane} does not cover {box}")
        x, y = first_pixel(hdu.header)
        stored = hdu.section[box.shifted(-x, -y).slices]
        native: np.ndarray[Any, Any] = stored.astype(
            stored.dtype.newbyteorder("="), copy=False
        )
        return native

    def _hdu(self, plane: str) -> Any:
        hdu = self._find(plane) if plane else self._only_image()
        if hdu is None:
            raise UnsupportedReadError(
                f"{self._file.path!r} has no extension {plane or 'with an image'}; its "
                "HDUs can be had with astropy.io.fits.open(file.open())"
            )
        if len(hdu.shape) != 2:  # noqa: PLR2004
            raise UnsupportedReadError(
                f"{self._file.path!r} has an image of {len(hdu.shape)} dimensions"
            )
        check_extent(self._file, hdu, self._size)
        check_demand(self._file, _bytes_of(hdu), self._size)
        return hdu

    def _find(self, plane: str) -> Any:
        """Return the extension of a name, which older files keep in EXTTYPE.

        They also have IMAGE as the name of the primary HDU, which is empty.
        """
        # Going through the list is lazy; its length would need all headers.
        for hdu in self._hdus:
            name = hdu.header.get("EXTNAME") or hdu.header.get("EXTTYPE") or ""
            if name.strip().upper() == plane and _has_pixels(hdu):
                return hdu
        return None

    def _only_image(self) -> Any:
        """Return the HDU with pixels, if just one has any."""
        images = [hdu for hdu in self._hdus if _has_pixels(hdu)]
        return images[0] if len(images) == 1 else None


def _has_pixels(hdu: Any) -> bool:
    return bool(hdu.is_image and hdu.shape)


def _bytes_of(hdu: Any) -> int:
    """Return the length of the pixels, unpacked: one tile may hold them all."""
    rows, columns = hdu.shape
    return int(rows * columns * abs(hdu.header["BITPIX"]) // 8)


@contextmanager
def opened(file: StoredFile, handle: BinaryIO) -> Iterator[ImageFile]:
    """Return the images of a FITS file.

    Parameters
    ----------
    file
        The file, for messages.
    handle
        Its bytes.
    """
    with optional("astropy"):
        from astropy.io import fits

    size = handle.seek(0, 2)
    handle.seek(0)
    with (
        unreadable(file, fits.VerifyError),
        fits.open(handle, memmap=False, lazy_load_hdus=True) as hdus,
    ):
        yield ImageFile(file, hdus, size)
