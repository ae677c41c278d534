"""Turns the files of a dataset into objects; what is here waits for bytes."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import UnknownComponentError
from ..files.located import Located
from ..files.source import Source
from ..model import DatasetType, name_of
from .files import component_asked
from .locating import Stored
from .repository import Repository

if TYPE_CHECKING:
    from ..readers import StoredFile

Opener: TypeAlias = "Callable[[Source], StoredFile]"
"""Makes a file of which bytes can be had; they are waited for."""


class Reading:
    """How one dataset is read: from which of its files, and as what.

    Parameters
    ----------
    repository
        Has the readers.
    stored
        The dataset.
    dataset
        As it was asked for: a reference, a type or a name.
    storage_class
        In place of the one that it would be read as.
    opener
        Opens its files.
    """

    def __init__(
        self,
        repository: Repository,
        stored: Stored,
        dataset: Any,
        storage_class: Any,
        opener: Opener,
    ) -> None:
        self._repository = repository
        self._stored = stored
        self._opener = opener
        self._component = component_asked(dataset)
        asked = _type_asked(dataset, storage_class)
        self._type = None if asked == stored.storage_class else asked
        self._files = {each.component: each for each in stored.files}

    def object(
        self,
        parameters: Mapping[str, Any] | None = None,
        component: str | None = None,
        storage_class: Any = None,
    ) -> Any:
        """Return the dataset, or a component of it, as an object.

        A dataset that is stored in components, of which none is asked for, is a
        dictionary of them: only the Science Pipelines know how to put it together.

        Raises
        ------
        UnknownComponentError
            If it has no such component.
        """
        name = component or self._component
        wanted = self._type if component is None else None
        if storage_class is not None:
            wanted = name_of(storage_class)
        if name is None and None not in self._files:
            return {
                str(each): self._read(file, None, parameters, wanted)
                for each, file in self._files.items()
            }
        if name in self._files:
            return self._read(self._files[name], None, parameters, wanted)
        return self._read(self._file(name), name, parameters, wanted)

    def file(self) -> "StoredFile":
        """Return the one file that was asked for.

        Raises
        ------
        UnknownComponentError
            If the dataset has several, or no such component.
        """
        return self._opened(self._file(self._component))

    def _file(self, component: str | None) -> Located:
        found = self._files.get(component) or self._files.get(None)
        if found is None:
            names = ", ".join(map(str, self._files))
            hint = f"none is {component!r}" if component else "ask for one of them"
            raise UnknownComponentError(
                f"dataset {self._stored.id} is stored in components ({names}): {hint}"
            )
        return found

    def _read(
        self,
        file: Located,
        component: str | None,
        parameters: Mapping[str, Any] | None,
        wanted: str | None,
    ) -> Any:
        is_whole = component is None and file.component is None
        if wanted is None and is_whole:
            wanted = self._stored.storage_class
        return self._repository.readers.read(
            self._opened(file),
            component=component,
            parameters=parameters,
            as_type=None if wanted in {"", file.storage_class} else wanted,
        )

    def _opened(self, file: Located) -> "StoredFile":
        return self._opener(Source(self._repository.session, file))


def _type_asked(dataset: Any, storage_class: Any) -> str | None:
    """Return the storage class that something shall be read as, if any is said."""
    if storage_class is not None:
        return name_of(storage_class)
    kind = getattr(dataset, "datasetType", dataset)
    # daf_butler knows the storage classes of components; that is no wish.
    if isinstance(kind, DatasetType) or component_asked(kind) is None:
        named = getattr(kind, "storageClass_name", None)
        return str(named) if named else None
    return None
