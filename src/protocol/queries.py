"""The part of the query language that needs no worker to be understood.

What is not declared here is not refused: a request that does not fit goes to a query
worker as it came, and so does one with a field that nobody here knows. Whatever is
wrong with a query is told by daf_butler itself.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from .scalars import DataIdValue

_LARGEST = 2**63 - 1
Int64 = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
Limit = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]

ComparisonOperator = Literal["==", "!=", "<", ">", ">=", "<=", "glob"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any part of a query."""


class _Expression(_Part, frozen=True, tag_field="expression_type"):
    """A value or a column."""


class IntLiteral(_Expression, frozen=True, tag="int"):
    """An integer that fits a column."""

    value: Int64


class StringLiteral(_Expression, frozen=True, tag="string"):
    """A text."""

    value: str


class DimensionKey(_Expression, frozen=True, tag="dimension_key"):
    """The value of a dimension."""

    dimension: str


class DimensionField(_Expression, frozen=True, tag="dimension_field"):
    """Another column of a dimension's records."""

    element: str
    field: str


Literal_: TypeAlias = IntLiteral | StringLiteral
Column: TypeAlias = DimensionKey | DimensionField
Operand: TypeAlias = IntLiteral | StringLiteral | DimensionKey | DimensionField


class Reversed(_Expression, frozen=True, tag="reversed"):
    """A column, largest first."""

    operand: Column


class _Leaf(_Part, frozen=True, tag_field="predicate_type"):
    """A condition."""


class Comparison(_Leaf, frozen=True, tag="comparison"):
    """How two values compare."""

    a: Operand
    b: Operand
    operator: ComparisonOperator


class InContainer(_Leaf, frozen=True, tag="in_container"):
    """Whether a column has one of some values."""

    member: Column
    container: list[Literal_]


class InRange(_Leaf, frozen=True, tag="in_range"):
    """Whether a column has one of the values from ``start`` on, before ``stop``."""

    member: Column
    start: Int64 = 0
    stop: Int64 | None = None
    step: Annotated[int, msgspec.Meta(ge=1, le=_LARGEST)] = 1


class IsNull(_Leaf, frozen=True, tag="is_null"):
    """Whether a column has no value."""

    operand: Column


Condition: TypeAlias = Comparison | InContainer | InRange | IsNull


class Not(_Leaf, frozen=True, tag="not"):
    """Whether a condition is false."""

    operand: Condition


Leaf: TypeAlias = Comparison | InContainer | InRange | IsNull | Not


class Predicate(_Part, frozen=True):
    """All of these, and of each any."""

    operands: list[list[Leaf]] = []


class DefaultDataId(_Part, frozen=True, rename={"data_id": "dataId"}):
    """Values for governor dimensions that a query does not mention."""

    data_id: dict[str, DataIdValue]
    records: dict[str, Any] | None = None


class DatasetSearch(_Part, frozen=True):
    """Where datasets of one type are looked for."""

    collections: list[str]
    dimensions: list[str]


class QueryTree(
    _Part, frozen=True, rename={"validates": "validateGovernorConstraints"}
):
    """What is joined, and which rows of it are wanted."""

    dimensions: list[str]
    datasets: dict[str, DatasetSearch] = {}
    any_dataset: None = None
    data_coordinate_uploads: dict[str, Any] = {}
    materializations: dict[str, Any] = {}
    predicate: Predicate = Predicate()
    validates: bool = True


class QueryInputs(_Part, frozen=True):
    """A query without its result; nothing is uploaded for it."""

    tree: QueryTree
    default_data_id: DefaultDataId
    additional_query_inputs: Annotated[list[Any], msgspec.Meta(max_length=0)]


class ResultSpec(_Part, frozen=True, tag_field="result_type"):
    """What rows are, in which order, and how many."""

    order_by: Annotated[
        list[DimensionKey | DimensionField | Reversed], msgspec.Meta(max_length=20)
    ] = []
    limit: Limit | None = None
    allow_duplicate_overlaps: bool = False


class DataCoordinates(ResultSpec, frozen=True, tag="data_coordinate", kw_only=True):
    """Rows are data IDs."""

    dimensions: list[str]
    include_dimension_records: bool = False


class DimensionRecords(ResultSpec, frozen=True, tag="dimension_record", kw_only=True):
    """Rows are the records of one element."""

    element: str


class DatasetRefs(ResultSpec, frozen=True, tag="dataset_ref", kw_only=True):
    """Rows are datasets of one type."""

    dataset_type_name: str
    dimensions: list[str]
    storage_class_name: str
    find_first: bool
    include_dimension_records: bool = False


class GeneralRows(ResultSpec, frozen=True, tag="general", kw_only=True):
    """Rows are values by position; not of datasets, and without records."""

    dimensions: list[str]
    dimension_fields: dict[str, list[str]]
    dataset_fields: Annotated[dict[str, Any], msgspec.Meta(max_length=0)]
    find_first: bool
    include_dimension_records: bool = False


RowsSpec: TypeAlias = DataCoordinates | DimensionRecords | DatasetRefs | GeneralRows


class ExecuteRequest(_Part, frozen=True):
    """Body of ``POST v1/query/execute``."""

    query: QueryInputs
    result_spec: RowsSpec


class CountRequest(_Part, frozen=True):
    """Body of ``POST v1/query/count``."""

    query: QueryInputs
    result_spec: RowsSpec
    exact: bool
    discard: bool


class AnyRequest(_Part, frozen=True):
    """Body of ``POST v1/query/any``."""

    query: QueryInputs
    execute: bool
    exact: bool


class ExplainRequest(_Part, frozen=True):
    """Body of ``POST v1/query/explain``."""

    query: QueryInputs
    execute: bool


QueryRequest: TypeAlias = ExecuteRequest | CountRequest | AnyRequest | ExplainRequest
