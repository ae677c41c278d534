"""What the writing process can be told to do: each way to change a repository.

A command is a JSON object: ``do`` names a method here, the rest are its arguments.
Each returns when its change is committed, unless it stands inside a transaction.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lsst.daf.butler import Butler, DatasetRef, DatasetType
from lsst.daf.butler._collection_type import CollectionType

from .moments import days

Command = dict[str, Any]


class Commands:
    """Carries commands out with one direct Butler."""

    def __init__(self, butler: Butler) -> None:
        self._butler = butler
        self._registry = butler.registry

    def run(self, command: Command) -> None:
        arguments = {name: value for name, value in command.items() if name != "do"}
        getattr(self, command["do"])(**arguments)

    def transaction(self, commands: Sequence[Command], *, fail: bool) -> None:
        try:
            with self._butler.transaction():
                for command in commands:
                    self.run(command)
                if fail:
                    raise _RollBackError  # noqa: TRY301 - nothing else rolls back
        except _RollBackError:
            pass

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def register_collection(self, name: str, kind: str) -> None:
        self._butler.collections.register(name, CollectionType[kind])

    def remove_collection(self, name: str) -> None:
        self._butler.collections.x_remove(name)

    def remove_run(self, name: str) -> None:
        self._butler.removeRuns([name], unlink_from_chains=True)

    def document(self, name: str, doc: str | None) -> None:
        self._registry.setCollectionDocumentation(name, doc)

    def redefine_chain(self, name: str, children: Sequence[str]) -> None:
        self._butler.collections.redefine_chain(name, children)

    def prepend_chain(self, name: str, children: Sequence[str]) -> None:
        self._butler.collections.prepend_chain(name, children)

    def extend_chain(self, name: str, children: Sequence[str]) -> None:
        self._butler.collections.extend_chain(name, children)

    def remove_from_chain(self, name: str, children: Sequence[str]) -> None:
        self._butler.collections.remove_from_chain(name, children)

    def register_type(
        self,
        name: str,
        dimensions: Sequence[str],
        storage_class: str,
        *,
        is_calibration: bool,
    ) -> None:
        universe = self._butler.dimensions
        self._registry.registerDatasetType(
            DatasetType(
                name,
                dimensions,
                storage_class,
                universe=universe,
                isCalibration=is_calibration,
            )
        )

    def remove_type(self, name: str) -> None:
        self._registry.removeDatasetType(name)

    def put(
        self,
        uuid: str,
        dataset_type: str,
        data_id: dict[str, Any],
        run: str,
        content: Any,
    ) -> None:
        type_ = self._butler.get_dataset_type(dataset_type)
        full = self._registry.expandDataId(data_id, dimensions=type_.dimensions)
        self._butler.put(content, DatasetRef(type_, full, run=run, id=UUID(uuid)))

    def purge(self, uuid: str) -> None:
        self._butler.pruneDatasets([self._ref(uuid)], purge=True, unstore=True)

    def unstore(self, uuid: str) -> None:
        self._butler.pruneDatasets([self._ref(uuid)], disassociate=False, unstore=True)

    def associate(self, name: str, uuid: str) -> None:
        self._registry.associate(name, [self._ref(uuid)])

    def disassociate(self, name: str, uuid: str) -> None:
        self._registry.disassociate(name, [self._ref(uuid)])

    def certify(self, name: str, uuid: str, begin: int, end: int) -> None:
        self._registry.certify(name, [self._ref(uuid)], days(begin, end))

    def decertify(
        self, name: str, dataset_type: str, data_id: Any, begin: int, end: int
    ) -> None:
        data_id = self._registry.expandDataId(data_id)
        self._registry.decertify(
            name, dataset_type, days(begin, end), dataIds=[data_id]
        )

    def insert_records(
        self, element: str, rows: Sequence[dict[str, Any]], *, replace: bool = False
    ) -> None:
        rows = [_with_timespan(row) for row in rows]
        self._registry.insertDimensionData(element, *rows, replace=replace)

    def synchronize_record(self, element: str, row: dict[str, Any]) -> None:
        self._registry.syncDimensionData(element, _with_timespan(row), update=True)

    def refresh_summaries(self) -> None:
        self._registry.refresh_collection_summaries()

    def _ref(self, uuid: str) -> DatasetRef:
        ref = self._butler.get_dataset(UUID(uuid))
        if ref is None:
            raise LookupError(f"there is no dataset {uuid}")
        return ref


class _RollBackError(Exception):
    """Ends a transaction that shall leave nothing behind."""


def _with_timespan(row: dict[str, Any]) -> dict[str, Any]:
    if "timespan" in row:
        begin, end = row["timespan"]
        return row | {"timespan": days(begin, end)}
    return row
