"""What a made-up release is made of; names and paths are as long as real ones."""

from dataclasses import dataclass

INSTRUMENT = "LSSTCam"
SKYMAP = "lsst_cells_v1"
DETECTORS = 189
PATCHES = 100
"""Of each tract."""
FILTERS = {"u": "u_24", "g": "g_6", "r": "r_57", "i": "i_39", "z": "z_20", "y": "y_10"}
BANDS = tuple(FILTERS)
_PROCESSING = f"{INSTRUMENT}/runs/DRP/DR1/w_2027_20/DM-54321"
_TIME = "20270601T120000Z"


@dataclass(frozen=True, slots=True)
class Kind:
    """A dataset type, whose datasets are all in one RUN of each release."""

    name: str
    dimensions: tuple[str, ...]
    storage_class: str
    step: int
    share: int
    """How many of a hundred datasets are of this type."""

    def run(self, release: int) -> str:
        """Return the RUN of a release."""
        return f"{_PROCESSING}-{release:02}/step{self.step}/{_TIME}"


_IMAGE = ("instrument", "detector", "visit")
_COADD = ("band", "skymap", "tract", "patch")
KINDS = (
    Kind("visit_image", _IMAGE, "ExposureF", 2, 20),
    Kind("visit_image_background", _IMAGE, "Background", 2, 20),
    Kind("difference_image", _IMAGE, "ExposureF", 5, 20),
    Kind("dia_source_unstandardized", _IMAGE, "ArrowAstropy", 5, 15),
    Kind("deep_coadd", _COADD, "ExposureF", 3, 10),
    Kind("deep_coadd_n_image", _COADD, "ImageU", 3, 10),
    Kind("visit_summary", ("instrument", "visit"), "ExposureCatalog", 1, 4),
    Kind("object_patch", ("skymap", "tract", "patch"), "ArrowAstropy", 4, 1),
)
FORMATTERS = {
    "ArrowAstropy": "lsst.daf.butler.formatters.parquet.ParquetFormatter",
    "Background": "lsst.obs.base.formatters.fitsGeneric.FitsGenericFormatter",
    "ExposureCatalog": "lsst.obs.base.formatters.fitsGeneric.FitsGenericFormatter",
    "ExposureF": "lsst.obs.base.formatters.fitsExposure.FitsExposureFormatter",
    "ImageU": "lsst.obs.base.formatters.fitsExposure.FitsImageFormatter",
}
EXTENSIONS = {"ArrowAstropy": "parq"}
