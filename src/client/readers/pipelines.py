"""Reading with the Science Pipelines' own formatters: the user's decision, never ours.

By default a label chooses among readers of this package, and its formatter is never
imported. A user who has the Science Pipelines may want their objects instead.
`use_pipelines` then imports the class that a server names, if its name begins with a
prefix in the list here. So the user trusts two things: that importing any module of
the installed packages with these prefixes is harmless, and the server's files with
whatever these formatters do to them, which includes unpickling.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from .errors import UnknownReaderError, UnsupportedReadError
from .packages import optional
from .reader import Reader
from .registry import Readers
from .stored_file import Label, StoredFile

PREFIXES = (
    "lsst.daf.butler.formatters.",
    "lsst.images.formatters.",
    "lsst.meas.",
    "lsst.obs.",
    "lsst.pipe.base.formatters.",
    "lsst.pipe.tasks.",
)
"""Where formatters of the Science Pipelines are; no other name is imported."""


def use_pipelines(readers: Readers) -> None:
    """Prefer the Science Pipelines' own formatters, for names with known prefixes.

    Parameters
    ----------
    readers
        The table that shall prefer them.

    Raises
    ------
    MissingPackageError
        If daf_butler is not installed.
    """
    _butler()
    reader = PipelinesReader()

    def find(label: Label) -> Reader | None:
        return reader if label.formatter.startswith(PREFIXES) else None

    readers.prefer(find)


class PipelinesReader:
    """Reads a file with the formatter that its label names.

    The data ID of the dataset is not known here: a formatter that needs it fails.
    """

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return what the formatter makes of the file."""
        butler = _butler()
        resources = import_module("lsst.resources")
        formatter_class = _formatter_class(butler, file)
        written, wanted = _storage_classes(butler, file, component, as_type)
        ref = _nameless_ref(butler, written)
        with file.local() as path:
            location = butler.Location(None, resources.ResourcePath(str(path)))
            descriptor = butler.FileDescriptor(
                location, written, readStorageClass=wanted, parameters=parameters
            )
            formatter = formatter_class(descriptor, dataId=ref.dataId, ref=ref)
            return wanted.coerce_type(formatter.read(component=component))


def _butler() -> Any:
    # By name, for it is not among what this package depends on.
    with optional("lsst.daf.butler"):
        return import_module("lsst.daf.butler")


def _formatter_class(butler: Any, file: StoredFile) -> Any:
    """Import a formatter, if its name begins with a prefix, and if it is one."""
    name = file.label.formatter
    if not name.startswith(PREFIXES):
        raise UnknownReaderError(file)
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        why = f"The formatter {name!r} is not installed"
        raise UnknownReaderError(file, why) from error
    kinds = (butler.Formatter, butler.FormatterV2)
    if not (isinstance(found, type) and issubclass(found, kinds)):
        raise UnknownReaderError(file, f"{name!r} is no formatter")
    return found


def _storage_classes(
    butler: Any, file: StoredFile, component: str | None, as_type: str | None
) -> tuple[Any, Any]:
    """Return the class of what is written, and of what is wanted."""
    known = butler.StorageClassFactory()
    try:
        written = known.getStorageClass(file.label.storage_class)
        if as_type is not None:
            return written, known.getStorageClass(as_type)
        parts = {None: written, **written.allComponents()}
        return written, parts[component]
    except KeyError as error:
        raise UnsupportedReadError(
            f"Not a storage class or component that daf_butler knows: {error}"
        ) from error


def _nameless_ref(butler: Any, storage_class: Any) -> Any:
    universe = butler.DimensionUniverse()
    dataset_type = butler.DatasetType("nameless", (), storage_class, universe=universe)
    data_id = butler.DataCoordinate.make_empty(universe)
    return butler.DatasetRef(dataset_type, data_id, run="nowhere")
