"""All dataset types of a repository."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ...protocol.errors import (
    DatasetTypeExpressionError,
    MissingDatasetTypeError,
    UnknownComponentError,
)
from ...protocol.globs import NameExpression
from ...registry import RegisteredDatasetType

_VALID_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*")


class DatasetTypeCatalog:
    """The dataset types of one repository.

    Parameters
    ----------
    by_name
        All registered types.
    """

    def __init__(self, by_name: Mapping[str, RegisteredDatasetType]) -> None:
        self.by_name = by_name
        self.by_id: Mapping[int, RegisteredDatasetType] = {
            t.id: t for t in by_name.values()
        }
        self._names: dict[frozenset[int], tuple[str, ...]] = {}

    def get(self, name: str) -> RegisteredDatasetType:
        """Return a dataset type by its name.

        Raises
        ------
        DatasetTypeExpressionError
            If no dataset type can have that name.
        UnknownComponentError
            If it is a component's name; clients build components themselves.
        MissingDatasetTypeError
            If it is not registered.
        """
        found = self.by_name.get(name)
        if found is not None:
            return found
        _validate(name)
        parent, _, component = name.partition(".")
        if component and parent in self.by_name:
            raise UnknownComponentError(
                f"{name!r} names the component {component!r}; this server knows no "
                f"storage classes: ask for {parent!r} and let the client take it apart"
            )
        raise MissingDatasetTypeError(f"Dataset type '{parent}' does not exist.")

    def query(
        self, terms: Sequence[str]
    ) -> tuple[list[RegisteredDatasetType], list[str]]:
        """Return the types that names and globs list, and the names that miss.

        Raises
        ------
        DatasetTypeExpressionError
            If a term names a component.
        """
        expression = NameExpression.parse(terms)
        for name in expression.names:
            _refuse_component(name)
        found = [n for n in expression.names if n in self.by_name]
        missing = [n for n in expression.names if n not in self.by_name]
        if expression.has_globs:
            matches = expression.matcher()
            found += [n for n in self.by_name if matches(n) and n not in found]
        return [self.by_name[name] for name in found], missing

    def named(self, ids: Iterable[int]) -> list[RegisteredDatasetType]:
        """Return the types with these ids; unknown ids are left out."""
        return [self.by_id[id_] for id_ in ids if id_ in self.by_id]

    def names(self, ids: frozenset[int]) -> tuple[str, ...]:
        """Return the names of the types with these ids; the same for equal ids."""
        found = self._names.get(ids)
        if found is None:
            found = self._names[ids] = tuple(t.name for t in self.named(ids))
        return found


def _validate(name: str) -> None:
    if _VALID_NAME.fullmatch(name) is None:
        raise DatasetTypeExpressionError(
            f"DatasetType {name!r} does not look like a valid dataset type name."
        )


def _refuse_component(name: str) -> None:
    if "." in name:
        _validate(name)
        raise DatasetTypeExpressionError(
            f"Component dataset types like {name!r} are not supported here; use the "
            "client's DatasetRef or DatasetType methods to obtain components from "
            "parents."
        )
