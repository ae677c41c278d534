"""One thing in a notebook: what there is to know of it, as a table."""

from typing import TYPE_CHECKING

from .html import facts_of

if TYPE_CHECKING:
    from ..model import DataCoordinate, DatasetRef, DatasetType


def html_of_ref(ref: "DatasetRef") -> str:
    """Return a reference to a dataset as HTML."""
    kind = ref.datasetType
    about = [
        ("storage class", kind.storageClass_name),
        ("run", ref.run),
        ("id", ref.id),
    ]
    return facts_of([*ref.dataId.mapping.items(), *about], kind.name)


def html_of_type(kind: "DatasetType") -> str:
    """Return a dataset type as HTML."""
    facts = [
        ("dimensions", ", ".join(kind.dimensions.names)),
        ("storage class", kind.storageClass_name),
        ("calibration", "yes" if kind.isCalibration() else "no"),
    ]
    return facts_of(facts, kind.name)


def html_of_data_id(data_id: "DataCoordinate") -> str:
    """Return a data ID as HTML."""
    return facts_of(list(data_id.mapping.items()), "data ID")
