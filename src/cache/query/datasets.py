"""Datasets of one type: with a data ID that is fully given, or all of an index."""

from ...protocol.collections import CollectionType
from ...protocol.datasets import DatasetRef
from ...protocol.dimensions import DataId
from ...protocol.globs import is_glob
from ...protocol.queries import (
    DatasetRefs,
    QueryInputs,
    QueryTree,
    Reversed,
)
from ..lookup.dataset import Dataset
from ..lookup.find import find_dataset
from ..lookup.search import DatasetSearch
from ..lookup.view import View
from ..snapshot import Collection
from .columns import find_column
from .governors import Constraints, governor_defaults
from .indexed import count_indexed
from .shapes import has_only_values, is_plain
from .unknown import require


class DatasetQuery:
    """A query for datasets of one type.

    Parameters
    ----------
    view
        What the reader sees.
    inputs
        The query.

    Raises
    ------
    NotKnownError
        If it is another query.
    """

    def __init__(self, view: View, inputs: QueryInputs) -> None:
        tree = inputs.tree
        require(known=len(tree.datasets) == 1)
        ((name, search),) = tree.datasets.items()
        universe = view.snapshot.universe
        self.view = view
        self.type = view.dataset_type(name)
        self.group = self.type.group
        require(known=universe.group(tree.dimensions) == self.group)
        require(known=universe.group(search.dimensions) == self.group)
        require(known=is_plain(self.group))
        self.names = search.collections
        self.path = self._path()
        self.values = self._fixed(tree, inputs.default_data_id.data_id)

    def check(self, spec: DatasetRefs) -> None:
        """See that a result is of these datasets, as they are registered."""
        require(known=spec.dataset_type_name == self.type.name)
        require(known=spec.storage_class_name == self.type.storage_class)
        universe = self.view.snapshot.universe
        require(known=universe.group(spec.dimensions) == self.group)
        if spec.include_dimension_records:
            require(known=all(e.is_dimension for e in self.group.elements))
        for term in spec.order_by:
            named = term.operand if isinstance(term, Reversed) else term
            column = find_column(self.group, named)
            require(known=column.type in {"int", "string", "float"})

    @property
    def is_fixed(self) -> bool:
        """Whether each required dimension has a value."""
        return self.values.keys() >= set(self.group.required)

    async def find(self, *, find_first: bool, records: bool) -> list[DatasetRef]:
        """Return the datasets with the data ID, the first or all, as they are sent."""
        required = {name: self.values[name] for name in self.group.required}
        search = DatasetSearch(self.type, required, self.names, None, records)
        if not find_first:
            # What several collections have, a DirectButler may list several times.
            require(known=self._candidates(search) <= 1)
        dataset = await find_dataset(self.view, search)
        if dataset is None or not self._agrees(dataset, records=records):
            return []
        return [DatasetRef(dataset.id, self.type.wire, dataset.data_id, dataset.run)]

    def _candidates(self, search: DatasetSearch) -> int:
        """Return how many collections may have such a dataset."""
        summaries = self.view.snapshot.summaries
        return sum(
            summaries.may_hold(collection, self.type.id, self.group, search.values)
            for collection in self.path
        )

    def _agrees(self, dataset: Dataset, *, records: bool) -> bool:
        """Tell whether a dataset has the implied values that are asked for."""
        values = dataset.data_id.data_id
        require(known=values.keys() == set(self.group.names))
        if records:
            found = dataset.data_id.records
            require(known=found is not None and len(found) == len(self.group.elements))
        return all(values[name] == value for name, value in self.values.items())

    def _path(self) -> list[Collection]:
        """Return the collections that are searched; none is a CALIBRATION."""
        require(known=bool(self.names) and not any(map(is_glob, self.names)))
        path = self.view.snapshot.collections.search_path(self.names)
        kinds = {collection.type for collection in path}
        require(known=CollectionType.CALIBRATION not in kinds)
        return path

    def _fixed(self, tree: QueryTree, default_data_id: DataId) -> DataId:
        """Return the values that all rows have; there are no other conditions."""
        constraints = Constraints(self.group, tree.predicate)
        defaults = governor_defaults(self.group, default_data_id)
        added = constraints.added(defaults, validates=tree.validates)
        require(known=has_only_values(tree.predicate))
        require(known=not constraints.contradictions)
        values = {**constraints.values, **added}
        for name, value in values.items():
            key = self.group.universe_elements[name].primary_key
            require(known=key.accepts(value))
            require(known=not isinstance(value, str) or "\0" not in value)
        return values


async def find_datasets(
    view: View, inputs: QueryInputs, spec: DatasetRefs
) -> list[DatasetRef]:
    """Return the datasets of a query, as they are sent."""
    query = DatasetQuery(view, inputs)
    query.check(spec)
    require(known=query.is_fixed)
    records = spec.include_dimension_records
    return await query.find(find_first=spec.find_first, records=records)


async def count_datasets(view: View, inputs: QueryInputs, spec: DatasetRefs) -> int:
    """Return how many datasets a query has."""
    query = DatasetQuery(view, inputs)
    query.check(spec)
    if query.is_fixed:
        return len(await query.find(find_first=spec.find_first, records=False))
    # Of several collections one dataset may be in two.
    require(known=len(query.path) == 1 and not query.values)
    return sum(count_indexed(view, query.type, query.names))


async def has_datasets(view: View, inputs: QueryInputs) -> bool:
    """Tell whether a query has any dataset."""
    query = DatasetQuery(view, inputs)
    if query.is_fixed:
        return bool(await query.find(find_first=True, records=False))
    require(known=not query.values)
    return any(count_indexed(view, query.type, query.names))
