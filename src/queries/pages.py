"""Pages of results as lines of JSON, in the stock server's form."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lsst.daf.butler.column_spec import make_tuple_type_adapter
from lsst.daf.butler.queries.driver import GeneralResultPage
from lsst.daf.butler.remote_butler.server_models import (
    DataCoordinateResultModel,
    DatasetRefResultModel,
    DimensionRecordsResultModel,
    GeneralResultModel,
)
from pydantic import BaseModel

from ..protocol.lines import as_line


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of a result that can be written in several forms.

    Parameters
    ----------
    subject
        What they are rows of: a result specification, or a dataset type.
    rows
        The rows.
    line
        Writes some of them as a line of JSON, with its end.
    is_head
        Whether it only tells of what the rows to come will be, if there are any.
    """

    subject: Any
    rows: Sequence[Any]
    line: Callable[[Sequence[Any]], bytes]
    is_head: bool = False


def page_line(page: Any, rows: Sequence[Any]) -> bytes:
    """Return a page of any kind of result, with these rows, as a line."""
    match page.spec.result_type:
        case "data_coordinate":
            return line(DataCoordinateResultModel(rows=_simple(rows)))
        case "dimension_record":
            return line(DimensionRecordsResultModel(rows=_simple(rows)))
        case "dataset_ref":
            return line(DatasetRefResultModel.from_refs(rows))
        case _:
            return line(_general(page, rows))


def line(model: BaseModel) -> bytes:
    """Return a message as a line, with its end."""
    return as_line(model.model_dump_json().encode())


def _simple(rows: Iterable[Any]) -> list[Any]:
    return [row.to_simple() for row in rows]


def _general(page: GeneralResultPage, rows: Sequence[Any]) -> GeneralResultModel:
    columns = page.spec.get_result_columns()
    adapter = make_tuple_type_adapter(
        [columns.get_column_spec(c.logical_table, c.field) for c in columns]
    )
    records = page.dimension_records
    return GeneralResultModel(
        rows=[adapter.dump_python(row, mode="json") for row in rows],
        dimension_records=None
        if records is None
        else {element.name: _simple(found) for element, found in records.items()},
    )
