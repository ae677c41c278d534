"""The dataset types of the demo, and how each is kept in a file.

Every storage class here has a Python type and a formatter that a client without the
Science Pipelines can import. That rules out the FITS images of the Pipelines; FITS
appears as a table, which Astropy reads by itself.
"""

from dataclasses import dataclass

from lsst.daf.butler import Butler, DatasetType

JSON_FORMATTER = "lsst.daf.butler.formatters.json.JsonFormatter"

# Only what the default configuration does not say: it has no formatter for lists,
# and YAML for every dict. Readers do not need this, as the formatter of each
# dataset is in the datastore's records.
FORMATTERS = {"StructuredDataList": JSON_FORMATTER, "raw_metadata": JSON_FORMATTER}

# This one also reads what Astropy recognizes by its content, such as FITS, but it
# writes ECSV only: a FITS table must be ingested.
TABLE_FILE_FORMATTER = "lsst.daf.butler.formatters.astropyTable.AstropyTableFormatter"


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset type that is yet to be registered.

    Parameters
    ----------
    name
        Its name.
    dimensions
        Its required dimensions.
    storage_class
        Name of the storage class.
    is_calibration
        Whether it may be certified.
    """

    name: str
    dimensions: tuple[str, ...]
    storage_class: str
    is_calibration: bool = False


DEFINITIONS = (
    Definition(
        "raw_metadata", ("instrument", "exposure", "detector"), "StructuredDataDict"
    ),
    Definition("isr_log", ("instrument", "exposure", "detector"), "ButlerLogRecords"),
    Definition(
        "bias_statistics", ("instrument", "detector"), "StructuredDataDict", True
    ),
    Definition(
        "flat_response",
        ("instrument", "detector", "physical_filter"),
        "NumpyArray",
        True,
    ),
    Definition("defects", ("instrument", "detector"), "AstropyQTable", True),
    Definition("filter_throughput", ("instrument", "physical_filter"), "AstropyTable"),
    Definition("visit_summary", ("instrument", "visit"), "ArrowAstropy"),
    Definition("calexp_psf_grid", ("instrument", "visit", "detector"), "NumpyArray"),
    Definition("source_table", ("instrument", "visit", "detector"), "ArrowTable"),
    Definition("object_table", ("skymap", "tract", "patch"), "ArrowTable"),
    Definition("tract_visits", ("skymap", "tract"), "StructuredDataList"),
    Definition("processing_notes", (), "StructuredDataDict"),
)


def register_dataset_types(butler: Butler) -> None:
    """Register the demo's dataset types.

    Parameters
    ----------
    butler
        Writeable client of the repository.
    """
    for definition in DEFINITIONS:
        dataset_type = DatasetType(
            definition.name,
            definition.dimensions,
            definition.storage_class,
            universe=butler.dimensions,
            isCalibration=definition.is_calibration,
        )
        butler.registry.registerDatasetType(dataset_type)
