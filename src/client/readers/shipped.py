"""The readers of this package, by the labels that releases have given to files.

A record keeps the name of the formatter that wrote its file: a repository of today
holds names of many releases, and a client cannot know of which. So there is one table
for all of them, from which no name is ever dropped; a name has never been given to
another format. Each row tells the releases whose own code writes it. A test compares
the table with the installed daf_butler, and fails for a name that is missing here.

Releases are those of the Science Pipelines; names and dates are from the history of
daf_butler and obs_base, whose modules were renamed after release 20.
"""

from typing import NamedTuple

from .arrays import NumpyReader
from .documents import DocumentReader, parse_json, parse_logs, parse_packages
from .images.reader import STORAGE_CLASSES, ImageReader
from .modern_images import ModernImageReader
from .parquet import ParquetReader
from .plain import BytesReader, PickleRefusal, TextReader
from .reader import Reader
from .tables import AstropyTableReader
from .yaml_documents import parse_yaml

_BUTLER = "lsst.daf.butler.formatters"
_OBS = "lsst.obs.base"


class Row(NamedTuple):
    """A reader and the label it is for.

    Parameters
    ----------
    formatter
        Full name of the formatter; any, if `None`.
    storage_class
        Name of the storage class; any, if `None`.
    reader
        What reads such a file.
    since, until
        First and last release that writes the label; `None` for the present one.
    """

    formatter: str | None
    storage_class: str | None
    reader: Reader
    since: int
    until: int | None = None


_json = DocumentReader(parse_json)
_yaml = DocumentReader(parse_yaml)
_logs = DocumentReader(parse_logs)
_packages = DocumentReader(parse_packages)
_parquet = ParquetReader()
_table = AstropyTableReader()
_catalog = AstropyTableReader(hdu=1)
_numpy = NumpyReader()
_text = TextReader()
_bytes = BytesReader()
_pickle = PickleRefusal()
_exposure = ImageReader("Exposure")
_masked_image = ImageReader("MaskedImage")
_image = ImageReader("Image")
_mask = ImageReader("Mask")
_modern_image = ModernImageReader()

_FORMATTERS = (
    Row(f"{_BUTLER}.json.JsonFormatter", None, _json, 21),
    Row(f"{_BUTLER}.jsonFormatter.JsonFormatter", None, _json, 17, 20),
    Row(f"{_BUTLER}.yaml.YamlFormatter", None, _yaml, 21),
    Row(f"{_BUTLER}.yamlFormatter.YamlFormatter", None, _yaml, 17, 20),
    Row(f"{_BUTLER}.logs.ButlerLogRecordsFormatter", None, _logs, 23),
    Row(f"{_BUTLER}.packages.PackagesFormatter", None, _packages, 24),
    Row(f"{_OBS}.formatters.packages.PackagesFormatter", None, _packages, 21, 23),
    Row(f"{_BUTLER}.parquet.ParquetFormatter", None, _parquet, 21),
    Row(f"{_BUTLER}.parquetFormatter.ParquetFormatter", None, _parquet, 20, 20),
    Row(f"{_BUTLER}.astropyTable.AstropyTableFormatter", None, _table, 22),
    Row(f"{_BUTLER}.matplotlib.MatplotlibFormatter", None, _bytes, 21),
    Row(f"{_BUTLER}.matplotlibFormatter.MatplotlibFormatter", None, _bytes, 19, 20),
    Row(f"{_BUTLER}.pickle.PickleFormatter", None, _pickle, 21),
    Row(f"{_BUTLER}.pickleFormatter.PickleFormatter", None, _pickle, 17, 20),
    Row("lsst.pipe.base.formatters.pexConfig.PexConfigFormatter", None, _text, 24),
    Row(f"{_OBS}.formatters.pexConfig.PexConfigFormatter", None, _text, 21, 23),
    Row(f"{_BUTLER}.pexConfigFormatter.PexConfigFormatter", None, _text, 17, 20),
    Row(f"{_OBS}.formatters.fitsExposure.FitsExposureFormatter", None, _exposure, 21),
    Row(f"{_OBS}.fitsExposureFormatter.FitsExposureFormatter", None, _exposure, 20, 20),
    Row(
        f"{_OBS}.formatters.fitsExposure.FitsMaskedImageFormatter",
        None,
        _masked_image,
        21,
    ),
    Row(f"{_OBS}.formatters.fitsExposure.FitsImageFormatter", None, _image, 21),
    Row(f"{_OBS}.formatters.fitsExposure.FitsMaskFormatter", None, _mask, 21),
    Row("lsst.images.formatters.GenericFormatter", None, _modern_image, 30),
)
# Tables of lsst.afw; what else its general formatter writes, only afw can read.
_CATALOGS = tuple(
    Row(formatter, f"{kind}Catalog", _catalog, since, until)
    for formatter, since, until in (
        (f"{_OBS}.formatters.fitsGeneric.FitsGenericFormatter", 21, None),
        (f"{_OBS}.fitsGenericFormatter.FitsGenericFormatter", 20, 20),
    )
    for kind in ("", "Exposure", "Peak", "Simple", "Source")
)
# Formatters of instruments have many names; what they write, these classes tell.
_STORAGE_CLASSES = (
    *(Row(None, name, _exposure, 17) for name in STORAGE_CLASSES),
    Row(None, "ArrowTable", _parquet, 25),
    Row(None, "ArrowAstropy", _parquet, 25),
    Row(None, "ArrowNumpy", _parquet, 25),
    Row(None, "ArrowNumpyDict", _parquet, 25),
    Row(None, "DataFrame", _parquet, 20),
    Row(None, "AstropyTable", _table, 22),
    Row(None, "AstropyQTable", _table, 22),
    Row(None, "NumpyArray", _numpy, 17),
)

SHIPPED = (*_FORMATTERS, *_CATALOGS, *_STORAGE_CLASSES)
"""All rows, in no order that matters: no two have the same label."""
