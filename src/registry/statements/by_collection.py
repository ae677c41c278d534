"""The datasets of one type in one collection, page by page.

Pages follow the data IDs, in the order of the index that RUN and TAGGED membership
has; each one is read in one statement, with what lookups by UUID and by data ID would
have been told of its datasets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    TableClause,
    and_,
    bindparam,
    func,
    select,
    tuple_,
)

from ...protocol.scalars import DataIdValue
from ..dataset_types import RegisteredDatasetType
from ..moment import Marked
from ..schema import Schema
from .datasets import StoredDataset
from .files import FileTables
from .find import FoundDataset, with_names
from .pages import Place
from .records import RecordJoins, large_elements


@dataclass(frozen=True, slots=True)
class Member:
    """One dataset of a collection.

    Parameters
    ----------
    values
        Its data ID, in the order of the type's required dimensions.
    found
        What a lookup by data ID in this collection finds, with files; without
        records that do not imply anything.
    stored
        What a lookup by UUID finds, with files; `None`: its RUN is being removed.
    rank, place
        Where it is on its page, and in the collection.
    """

    values: tuple[DataIdValue, ...]
    found: FoundDataset
    stored: StoredDataset | None
    rank: int
    place: Place


class MembersStatement:
    """Reads one page of the datasets of a type in a collection.

    Parameters
    ----------
    schema
        Tables of the repository.
    dataset_type
        Type of the datasets.
    calibrations
        Whether it is a CALIBRATION collection.
    is_first
        Whether it is the first page; others begin after a place.
    files
        Tables of file records.
    """

    def __init__(
        self,
        schema: Schema,
        dataset_type: RegisteredDatasetType,
        *,
        calibrations: bool,
        is_first: bool,
        files: FileTables,
    ) -> None:
        group = dataset_type.group
        self._type = dataset_type
        self._files = files
        self._calibrations = calibrations
        page = _page(schema, dataset_type, calibrations, is_first)
        dataset = schema.dataset
        run = dataset.c[schema.attributes.run_key]
        home = schema.tags(dataset_type.tags_table, group).alias("home")
        columns: list[ColumnElement[Any]] = [
            page.c.rank,
            page.c.collection,
            dataset.c.id,
            run,
            home.c.dataset_id.label("home_id"),
            *(page.c[name].label(f"page_{name}") for name in group.required),
            *(home.c[name].label(f"home_{name}") for name in group.required),
        ]
        source: FromClause = page.join(dataset, dataset.c.id == page.c.dataset_id)
        source = source.outerjoin(home, _is_home(schema, home, run))
        self._has_names = schema.dialect == "sqlite"
        if self._has_names:
            source = with_names(schema, source, page.c.collection, run, columns)
        wanted = [e for e in large_elements(group) if e.implied]
        known = {name: page.c[name] for name in group.required}
        self._joins = RecordJoins(schema, group, known, wanted)
        self._start = len(columns)
        columns += [*self._joins.columns, *files.columns(dataset.c.id)]
        statement = select(*columns).select_from(self._joins.apply(source))
        self.statement = Marked(statement, schema.dialect)

    def read(self, row: Sequence[Any]) -> Member:
        """Return the member of one row."""
        rank, collection, id_, run, home_id, *rest = row[: self._start]
        width = len(self._type.group.required)
        values, home = tuple(rest[:width]), rest[width : 2 * width]
        names = tuple(rest[2 * width :]) if self._has_names else None
        end = self._start + len(self._joins.columns)
        records = self._joins.read(row[self._start : end])
        files = self._files.read(row[end:])
        found = FoundDataset(collection, id_, run, records, files, names)
        of_run = (names[0], names[2]) if names else None
        stored = StoredDataset(id_, self._type.id, run, home, files, of_run)
        return Member(
            values=values,
            found=found,
            stored=None if home_id is None else stored,
            rank=rank,
            place=(*values, id_) if self._calibrations else values,
        )


def _page(
    schema: Schema,
    dataset_type: RegisteredDatasetType,
    calibrations: bool,  # noqa: FBT001 - a helper's
    is_first: bool,  # noqa: FBT001 - the same
) -> Subquery:
    """Return the keys of the members on a page, ranked.

    The rank tells the order, which no join keeps for certain.
    """
    group = dataset_type.group
    members = _members(schema, dataset_type, calibrations).subquery("members")
    order = [members.c[name] for name in group.required]
    if calibrations:
        order.append(members.c.dataset_id)
    rank = func.row_number().over(order_by=order or None)
    page = select(*members.c, rank.label("rank")).order_by(*order)
    if order and not is_first:
        after = (bindparam(f"after_{i}", type_=c.type) for i, c in enumerate(order))
        page = page.where(tuple_(*order) > tuple_(*after))
    return page.limit(bindparam("page_size", type_=BigInteger())).subquery("page")


def _members(
    schema: Schema,
    dataset_type: RegisteredDatasetType,
    calibrations: bool,  # noqa: FBT001 - the same
) -> Select[Any]:
    group = dataset_type.group
    table: TableClause = schema.tags(dataset_type.tags_table, group)
    if calibrations and dataset_type.calibs_table is not None:
        table = schema.calibs(dataset_type.calibs_table, group)
    key = table.c[schema.attributes.collection_key]
    found = select(
        key.label("collection"),
        table.c.dataset_id,
        *(table.c[name] for name in group.required),
    ).where(
        table.c.dataset_type_id == bindparam("dataset_type_id", type_=BigInteger()),
        key == bindparam("collection", type_=key.type),
    )
    # A calibration has a row for each of its validity ranges.
    return found.distinct() if calibrations else found


def _is_home(
    schema: Schema, home: FromClause, run: ColumnElement[Any]
) -> ColumnElement[bool]:
    return and_(
        home.c.dataset_id == schema.dataset.c.id,
        home.c[schema.attributes.collection_key] == run,
        home.c.dataset_type_id == schema.dataset.c.dataset_type_id,
    )
