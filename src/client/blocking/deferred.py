"""Handles: datasets that are known to have files, and are read later."""

from collections.abc import Mapping
from typing import Any

from ..calls.reading import Reading


class DeferredDataset:
    """A dataset that is read when it is asked for.

    Parameters
    ----------
    reading
        Of the dataset.
    parameters
        Of every read that names no others.
    """

    def __init__(self, reading: Reading, parameters: Mapping[str, Any] | None) -> None:
        self._reading = reading
        self._parameters = dict(parameters or {})

    def get(
        self,
        *,
        component: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        storageClass: Any = None,
    ) -> Any:
        """Return the dataset, or a component of it, as an object.

        Parameters
        ----------
        component
            Name of a part, in place of the whole.
        parameters
            Of this read; they count more than those of the handle.
        storageClass
            It shall be read as.
        """
        merged = {**self._parameters, **(parameters or {})}
        return self._reading.object(merged, component, storageClass)
