"""The reader of images: whole, cut out, or one of their components."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..errors import UnsupportedReadError
from ..reader import cannot_be, refuse_parameters
from ..stored_file import StoredFile
from .ccd import read_plane, read_planes
from .headers import first_pixel, merged_header, sky_wcs
from .layout import PLANES, ImageFile, opened

if TYPE_CHECKING:
    from astropy.nddata import CCDData

Kind = Literal["Exposure", "MaskedImage", "Image", "Mask"]

_KINDS: dict[str, Kind] = {
    "Exposure": "Exposure",
    "MaskedImage": "MaskedImage",
    "DecoratedImage": "Image",
    "Image": "Image",
    "Mask": "Mask",
}
_PIXEL_TYPES = ("", "F", "D", "I", "U", "L", "X")
STORAGE_CLASSES: dict[str, Kind] = {
    name + pixel: kind for name, kind in _KINDS.items() for pixel in _PIXEL_TYPES
}
"""Storage classes of images, for pixels of any type."""


class ImageReader:
    """Reads images as `astropy.nddata.CCDData`, in all their planes.

    ``data`` are the pixels of the image, ``flags`` the integers of the mask, ``mask``
    where any of `INVALID_PLANES` is set, ``uncertainty`` the variance, ``meta`` the
    headers of primary HDU, mask (its planes) and image in one. What the file does not
    have is `None`. The parameter ``bbox`` cuts out a box, in the coordinates that the
    parameter ``origin`` names: ``PARENT`` (default) or ``LOCAL``.

    Parameters
    ----------
    kind
        What to read if the storage class does not tell.
    """

    def __init__(self, kind: Kind = "Exposure") -> None:
        self._kind = kind

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return an image or a component of one.

        The whole is read as a whole; a cutout and a component by ranges.
        """
        refuse_parameters(file, parameters, ("bbox", "origin"))
        if as_type not in {None, file.label.storage_class, *STORAGE_CLASSES}:
            raise cannot_be(file, str(as_type))
        wanted = as_type if as_type and component is None else file.label.storage_class
        kind = STORAGE_CLASSES.get(wanted, self._kind)
        whole = component is None and parameters.get("bbox") is None
        with (
            io.BytesIO(file.read()) if whole else file.open() as handle,
            opened(file, handle) as images,
        ):
            if component is None:
                return _read(images, kind, parameters)
            return _component(images, kind, component, parameters)


def _read(images: ImageFile, kind: Kind, parameters: Mapping[str, Any]) -> "CCDData":
    if kind == "Mask":
        return read_plane(images, _present(images, "MASK"), parameters)
    main = _present(images, "IMAGE")
    if kind == "Image":
        return read_plane(images, main, parameters)
    return read_planes(images, main, parameters)


def _component(
    images: ImageFile, kind: Kind, component: str, parameters: Mapping[str, Any]
) -> Any:
    name = "MASK" if kind == "Mask" else "IMAGE"
    main = _present(images, name)
    plane = component.upper()
    if plane in PLANES:
        return read_plane(images, main if plane == name else plane, parameters)
    parts: dict[str, Callable[[], Any]] = {
        "bbox": lambda: images.box(main),
        "dimensions": lambda: images.box(main).shape[::-1],
        "xy0": lambda: first_pixel(images.header(main)),
        "wcs": lambda: sky_wcs(images.header(main)),
        "metadata": lambda: merged_header(images.primary_header, images.header(main)),
    }
    parts["header"] = parts["metadata"]
    if component not in parts:
        raise UnsupportedReadError(
            f"Component {component!r} of an image needs the Science Pipelines (see "
            f"use_pipelines), unlike {[*map(str.lower, PLANES), *parts]}"
        )
    if parameters:
        raise UnsupportedReadError(f"Component {component!r} takes no parameters")
    return parts[component]()


def _present(images: ImageFile, plane: str) -> str:
    """Return the name of a plane, or none if the file is of a single image."""
    return plane if images.has(plane) else ""
