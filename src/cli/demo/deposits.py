"""A dataset on its way into the repository, and the one door it goes through.

A `Deposit` says what is to be kept and where it belongs; `store` writes the file,
and certifies and tags the dataset. Dataset IDs follow from data ID, dataset type and
run, so that they are the same in every build.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from astropy.table import Table
from astropy.time import Time
from lsst.daf.butler import (
    Butler,
    DatasetIdGenEnum,
    DatasetRef,
    FileDataset,
    Timespan,
)

from .dataset_types import TABLE_FILE_FORMATTER

DataId = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Validity:
    """Certification of a calibration.

    Parameters
    ----------
    collection
        CALIBRATION collection to certify into.
    begin, end
        Validity range, TAI; `None` leaves it open on that side.
    """

    collection: str
    begin: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """A dataset to be stored.

    Parameters
    ----------
    dataset_type
        Name of its dataset type.
    data_id
        Its data ID.
    run
        Run that holds it.
    content
        The Python object to keep.
    validity
        Where and for which time it is certified, if it is.
    tag
        TAGGED collection that it belongs to, if any.
    as_fits
        Whether to keep a table as FITS, for which there is no writing formatter.
    """

    dataset_type: str
    data_id: DataId
    run: str
    content: object
    validity: Validity | None = None
    tag: str | None = None
    as_fits: bool = False


def store(butler: Butler, root: Path, deposit: Deposit) -> None:
    """Keep one dataset.

    Parameters
    ----------
    butler
        Writeable client of the repository.
    root
        Folder of the repository.
    deposit
        The dataset and where it belongs.
    """
    ref = _resolve(butler, deposit)
    if deposit.as_fits and isinstance(deposit.content, Table):
        _ingest_fits(butler, root, ref, deposit.content)
    else:
        butler.put(deposit.content, ref)
    if deposit.validity is not None:
        butler.registry.certify(
            deposit.validity.collection, [ref], _timespan(deposit.validity)
        )
    if deposit.tag is not None:
        butler.registry.associate(deposit.tag, [ref])


def _resolve(butler: Butler, deposit: Deposit) -> DatasetRef:
    dataset_type = butler.get_dataset_type(deposit.dataset_type)
    return DatasetRef(
        dataset_type,
        butler.registry.expandDataId(
            deposit.data_id, dimensions=dataset_type.dimensions
        ),
        run=deposit.run,
        id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN,
    )


def _ingest_fits(butler: Butler, root: Path, ref: DatasetRef, table: Table) -> None:
    """Write a table inside the repository and ingest it where it is.

    The formatter checks a file's extension when the datastore chooses its name,
    and would refuse FITS, though it reads it; a file that is in place keeps its name.
    """
    values = map(str, ref.dataId.required_values)
    name = "_".join((ref.datasetType.name, *values))
    path = root / ref.run / ref.datasetType.name / f"{name}.fits"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write(path, format="fits")
    butler.ingest(
        FileDataset(str(path), [ref], formatter=TABLE_FILE_FORMATTER), transfer=None
    )


def _timespan(validity: Validity) -> Timespan:
    return Timespan(_instant(validity.begin), _instant(validity.end))


def _instant(date: str | None) -> Time | None:
    return None if date is None else Time(date, scale="tai", format="iso")
