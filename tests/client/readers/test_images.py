import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.nddata import CCDData, VarianceUncertainty
from astropy.wcs import WCS

from butlery.client.readers import (
    Box,
    Label,
    LocalFile,
    Readers,
    ReaderWarning,
    UnreadableFileError,
    UnsupportedReadError,
    mask_planes,
)
from tests.client.readers import skies
from tests.client.readers.stock import CountingFile, memory_file

OBS = "lsst.obs.base.formatters.fitsExposure"
SHAPE = (90, 120)
X0, Y0 = skies.X0, skies.Y0
BBOX = ((X0 + 10, X0 + 30), (Y0 + 40, Y0 + 45))
CUT = (slice(40, 45), slice(10, 30))
PIXELS = skies.pixels(SHAPE)


def exposure(
    storage_class: str = "ExposureF", *, without: str = "", **options: Any
) -> LocalFile:
    planes = {name: data for name, data in PIXELS.items() if name != without}
    content = skies.exposure(planes, **options)
    return memory_file(content, f"{OBS}.FitsExposureFormatter", storage_class)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("named_by", ["EXTNAME", "EXTTYPE"])
def test_an_exposure_has_all_its_planes(
    readers: Readers, *, compressed: bool, named_by: str
) -> None:
    read = readers.read(exposure(compressed=compressed, named_by=named_by))
    assert type(read) is CCDData
    assert read.unit == units.nJy
    assert read.data.dtype == np.dtype("f4")
    assert np.array_equal(read.data, PIXELS["IMAGE"])
    assert isinstance(read.uncertainty, VarianceUncertainty)
    assert np.array_equal(read.uncertainty.array, PIXELS["VARIANCE"])
    assert read.flags.dtype == np.dtype("i4")
    assert np.array_equal(read.flags, PIXELS["MASK"])
    assert read.wcs.pixel_to_world(49, 59).ra.deg == pytest.approx(150)
    assert read.meta["TELESCOP"] == "Simonyi"


def test_the_mask_is_true_where_a_pixel_holds_no_measurement(
    readers: Readers,
) -> None:
    read = readers.read(exposure())
    assert read.mask.dtype == bool
    columns = np.flatnonzero(read.mask.all(axis=0))
    assert list(columns) == list(range(0, SHAPE[1], 7))
    assert read.mask.sum() == len(columns) * SHAPE[0]
    assert mask_planes(read.meta) == skies.PLANES


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("bbox", "origin"),
    [(BBOX, "PARENT"), (Box(*BBOX), None), (((10, 30), (40, 45)), "LOCAL")],
)
def test_a_cutout_is_the_same_part_of_every_plane(
    readers: Readers, *, compressed: bool, bbox: Any, origin: str | None
) -> None:
    file = exposure(compressed=compressed)
    parameters = {"bbox": bbox, "origin": origin} if origin else {"bbox": bbox}
    read = readers.read(file, parameters=parameters)
    assert np.array_equal(read.data, PIXELS["IMAGE"][CUT])
    assert np.array_equal(read.flags, PIXELS["MASK"][CUT])
    assert np.array_equal(read.uncertainty.array, PIXELS["VARIANCE"][CUT])
    whole = readers.read(file)
    assert read.wcs.pixel_to_world(0, 0).separation(
        whole.wcs.pixel_to_world(10, 40)
    ).arcsec == pytest.approx(0, abs=1e-6)
    assert (read.meta["CRVAL1A"], read.meta["LTV2"]) == (X0 + 10, -Y0 - 40)


class Box2I:
    """The methods of `lsst.geom.Box2I` that count."""

    def getBeginX(self) -> int:  # noqa: N802
        return BBOX[0][0]

    def getEndX(self) -> int:  # noqa: N802
        return BBOX[0][1]

    def getBeginY(self) -> int:  # noqa: N802
        return BBOX[1][0]

    def getEndY(self) -> int:  # noqa: N802
        return BBOX[1][1]


class ModernBox:
    """The attributes of `lsst.images.Box` that count."""

    x = range(*BBOX[0])
    y = range(*BBOX[1])


@pytest.mark.parametrize("bbox", [Box2I(), ModernBox()])
def test_boxes_of_the_science_pipelines_are_understood(
    readers: Readers, bbox: Any
) -> None:
    read = readers.read(exposure(), parameters={"bbox": bbox})
    assert np.array_equal(read.data, PIXELS["IMAGE"][CUT])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bbox": ((0, 10), (0, 10))}, "not within"),
        ({"bbox": ((X0, X0), (Y0, Y0 + 1))}, "empty"),
        ({"bbox": ((X0, X0 + 121), (Y0, Y0 + 1))}, "not within"),
        ({"bbox": (1, 2, 3, 4)}, "x_start, x_stop"),
        ({"bbox": BBOX, "origin": "CENTER"}, "PARENT or LOCAL"),
        ({"amp": "C00"}, "amp"),
    ],
)
def test_a_box_that_makes_no_sense_is_an_error(
    readers: Readers, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnsupportedReadError, match=message):
        readers.read(exposure(), parameters=parameters)


@pytest.mark.parametrize("compressed", [False, True])
def test_components_are_parts_of_the_whole(
    readers: Readers, *, compressed: bool
) -> None:
    file = exposure(compressed=compressed)
    for component, plane in (
        ("image", "IMAGE"),
        ("mask", "MASK"),
        ("variance", "VARIANCE"),
    ):
        read = readers.read(file, component=component)
        assert np.array_equal(read.data, PIXELS[plane])
        cut = readers.read(file, component=component, parameters={"bbox": BBOX})
        assert np.array_equal(cut.data, PIXELS[plane][CUT])
    assert readers.read(file, component="variance").unit == units.nJy**2
    assert mask_planes(readers.read(file, component="mask").meta) == skies.PLANES
    assert isinstance(readers.read(file, component="wcs"), WCS)
    assert readers.read(file, component="bbox") == (
        (X0, X0 + SHAPE[1]),
        (Y0, Y0 + SHAPE[0]),
    )
    assert readers.read(file, component="dimensions") == (SHAPE[1], SHAPE[0])
    assert readers.read(file, component="xy0") == (X0, Y0)
    for component in ("metadata", "header"):
        header = readers.read(file, component=component)
        assert (header["EXPID"], header["BUNIT"]) == (17, "nJy")


def test_a_component_of_the_science_pipelines_is_an_error_that_says_so(
    readers: Readers,
) -> None:
    for component in ("psf", "photoCalib", "visitInfo"):
        with pytest.raises(UnsupportedReadError, match="use_pipelines"):
            readers.read(exposure(), component=component)


@pytest.mark.parametrize(
    ("formatter", "storage_class", "plane"),
    [
        (f"{OBS}.FitsImageFormatter", "ImageF", "IMAGE"),
        (f"{OBS}.FitsMaskFormatter", "MaskX", "MASK"),
        (
            "lsst.obs.subaru.rawFormatter.HyperSuprimeCamRawFormatter",
            "Exposure",
            "IMAGE",
        ),
        ("lsst.obs.other.Formatter", "DecoratedImageU", "IMAGE"),
    ],
)
def test_a_file_of_a_single_image_is_read(
    readers: Readers, formatter: str, storage_class: str, plane: str
) -> None:
    file = memory_file(skies.single(SHAPE, plane), formatter, storage_class)
    read = readers.read(file, parameters={"bbox": BBOX})
    assert np.array_equal(read.data, PIXELS[plane][CUT])
    assert read.uncertainty is None
    assert readers.read(file, component="bbox").shape == SHAPE


def test_an_exposure_can_be_asked_for_as_an_image_alone(readers: Readers) -> None:
    read = readers.read(exposure(), as_type="ImageF")
    assert read.mask is read.uncertainty is None
    with pytest.raises(UnsupportedReadError, match="DataFrame"):
        readers.read(exposure(), as_type="DataFrame")


def test_a_plane_that_is_missing_is_left_out_with_a_warning(readers: Readers) -> None:
    with pytest.warns(ReaderWarning, match="without VARIANCE"):
        read = readers.read(exposure("MaskedImageF", without="VARIANCE"))
    assert read.uncertainty is None
    assert read.mask.any()
    with pytest.raises(UnsupportedReadError, match="no extension VARIANCE"):
        readers.read(exposure(without="VARIANCE"), component="variance")


def test_a_raw_with_an_extension_for_each_amplifier_is_an_error_that_says_so(
    readers: Readers,
) -> None:
    amplifiers = [fits.ImageHDU(np.zeros((9, 9)), name=f"SEG{n}") for n in range(3)]
    content = skies.written(fits.HDUList([fits.PrimaryHDU(), *amplifiers]))
    file = memory_file(content, "lsst.obs.lsst.LsstCamRawFormatter", "Exposure")
    with pytest.raises(UnsupportedReadError, match=r"astropy\.io\.fits\.open"):
        readers.read(file)


def test_a_wcs_that_astropy_cannot_read_is_left_out_with_a_warning(
    readers: Readers,
) -> None:
    with pytest.warns(ReaderWarning, match="without WCS"):
        read = readers.read(exposure(CTYPE1="RA---TAN", CTYPE2="RA---TAN"))
    assert read.wcs is None
    assert np.array_equal(read.data, PIXELS["IMAGE"])


def test_polynomials_of_absurd_order_are_not_evaluated(readers: Readers) -> None:
    types = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
    with pytest.warns(ReaderWarning, match="A_ORDER is 20000"):
        read = readers.read(exposure(A_ORDER=20000, B_ORDER=20000, **types))
    assert read.wcs is None


@pytest.mark.parametrize(
    "cards",
    [{"HIERARCH MP_BAD": 10**12}, {"HIERARCH MP_BAD": "x"}, {"CRVAL1A": "x"}],
)
def test_keywords_that_make_no_sense_are_an_error(
    readers: Readers, cards: dict[str, Any]
) -> None:
    with pytest.raises(UnreadableFileError):
        readers.read(exposure(**cards))


def test_a_unit_that_astropy_would_compute_for_ever_is_unknown(
    readers: Readers,
) -> None:
    with pytest.warns(ReaderWarning, match="Unknown unit"):
        assert readers.read(exposure(BUNIT="10**9999999999 m")).unit == units.adu


def test_comments_of_a_single_image_are_there_once(readers: Readers) -> None:
    hdu = fits.PrimaryHDU(PIXELS["IMAGE"])
    hdu.header["COMMENT"] = "once"
    file = memory_file(
        skies.written(fits.HDUList([hdu])), f"{OBS}.FitsImageFormatter", "ImageF"
    )
    assert list(readers.read(file).meta["COMMENT"]).count("once") == 1


def test_unsigned_pixels_keep_their_type(readers: Readers) -> None:
    data = np.array([[0, 65535], [1, 2]], "u2")
    content = skies.written(fits.HDUList([fits.PrimaryHDU(data)]))
    file = memory_file(content, "lsst.obs.other.Formatter", "DecoratedImageU")
    read = readers.read(file)
    assert read.data.dtype == np.dtype("u2")
    assert np.array_equal(read.data, data)


def test_a_unit_that_is_absent_or_unknown_is_adu(readers: Readers) -> None:
    file = memory_file(
        skies.single(SHAPE, BUNIT="furlong/moon"), f"{OBS}.FitsImageFormatter", "ImageF"
    )
    with pytest.warns(ReaderWarning, match="furlong"):
        assert readers.read(file).unit == units.adu
    with warnings.catch_warnings():
        warnings.simplefilter("error", ReaderWarning)
        assert readers.read(exposure(BUNIT="")).unit == units.adu


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "compressed"])
def large(request: pytest.FixtureRequest) -> bytes:
    return skies.exposure(_noise(), compressed=request.param)


@cache
def _noise() -> dict[str, Any]:
    """Planes of 4096 x 4096 that compress no better than real ones."""
    chance = np.random.default_rng(1)
    image = chance.normal(1000, 30, (4096, 4096)).astype("i4")
    mask = (image > 1090).astype("i4")
    return {"IMAGE": image, "MASK": mask, "VARIANCE": image}


def test_a_cutout_of_a_large_image_fetches_little(
    readers: Readers, large: bytes
) -> None:
    file = CountingFile(Label(f"{OBS}.FitsExposureFormatter", "ExposureI"), large)
    bbox = ((X0 + 2000, X0 + 2100), (Y0 + 2000, Y0 + 2100))
    read = readers.read(file, parameters={"bbox": bbox})
    assert np.array_equal(read.data, _noise()["IMAGE"][2000:2100, 2000:2100])
    assert file.fetched < 0.05 * file.size
    assert len(file.ranges) < 30


@pytest.mark.parametrize("component", ["wcs", "bbox", "metadata"])
def test_a_component_without_pixels_fetches_a_header_or_two(
    readers: Readers, large: bytes, component: str
) -> None:
    file = CountingFile(Label(f"{OBS}.FitsExposureFormatter", "ExposureI"), large)
    readers.read(file, component=component)
    assert file.fetched <= 3 * 64 * 1024


def test_a_plane_is_read_without_the_others(readers: Readers, large: bytes) -> None:
    file = CountingFile(Label(f"{OBS}.FitsExposureFormatter", "ExposureI"), large)
    read = readers.read(file, component="variance")
    assert read.shape == (4096, 4096)
    assert file.fetched < 0.7 * file.size
    assert len(file.ranges) < 60


@pytest.mark.parametrize(
    "change",
    [
        {"NAXIS1": 10**9, "NAXIS2": 10**9},
        {"NAXIS1": -5},
        {"BITPIX": 77},
        {"NAXIS1": SHAPE[1] * 1000},
    ],
)
@pytest.mark.parametrize("component", [None, "image"])
def test_a_header_that_lies_is_an_error(
    readers: Readers, change: dict[str, int], component: str | None
) -> None:
    content = skies.single(SHAPE)
    for keyword, value in change.items():
        at = content.index(f"{keyword:8}= ".encode()) + 10
        content = content[:at] + f"{value:20}".encode() + content[at + 20 :]
    file = memory_file(content, f"{OBS}.FitsImageFormatter", "ImageF")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UnreadableFileError):
            readers.read(file, component=component)


def test_a_compressed_image_that_claims_far_more_than_its_file_is_an_error(
    readers: Readers,
) -> None:
    content = skies.exposure(PIXELS, compressed=True)
    for keyword in ("ZNAXIS1", "ZNAXIS2", "ZTILE1"):
        at = content.index(f"{keyword:8}= ".encode()) + 10
        content = content[:at] + f"{10**6:20}".encode() + content[at + 20 :]
    file = memory_file(content, f"{OBS}.FitsExposureFormatter", "ExposureF")
    box = {"bbox": ((X0, X0 + 1), (Y0, Y0 + 1))}
    for parameters in ({}, box):
        with pytest.raises(UnreadableFileError, match="claims"):
            readers.read(file, parameters=parameters)


@pytest.mark.parametrize("content", [b"", b"not FITS", b"SIMPLE  =" + bytes(5000)])
def test_what_is_no_fits_is_an_error(readers: Readers, content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        readers.read(memory_file(content, f"{OBS}.FitsImageFormatter", "ImageF"))


def test_a_file_that_is_cut_off_is_an_error(readers: Readers) -> None:
    content = skies.exposure(PIXELS)[:-60_000]
    file = memory_file(content, f"{OBS}.FitsExposureFormatter", "ExposureF")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UnreadableFileError):
            readers.read(file)
