"""How datasets are shown: as rows, and as documents of JSON."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..data_ids import shown_pairs

if TYPE_CHECKING:
    from ...client import DatasetRef
    from ..showing import Showing


def show_datasets(showing: "Showing", refs: "Iterable[DatasetRef]") -> None:
    """Show datasets, one a line."""
    if showing.as_json:
        for ref in refs:
            showing.document(dataset_document(ref))
        return
    showing.table(
        ["id", "run", "data ID"],
        ([ref.id, ref.run, shown_pairs(ref.dataId.mapping)] for ref in refs),
    )


def dataset_document(ref: "DatasetRef") -> dict[str, Any]:
    """Return a dataset as it is in JSON."""
    return {
        "id": str(ref.id),
        "dataset_type": ref.datasetType.name,
        "storage_class": ref.datasetType.storageClass_name,
        "run": ref.run,
        "data_id": dict(ref.dataId.mapping),
    }
