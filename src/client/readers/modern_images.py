"""Images in the layout of `lsst.images`, which its own package reads.

The package is imported only if it is installed, and only because the table of this
package names it. It finds the types in a file by its own schemas, and needs no afw.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from .packages import optional
from .reader import cannot_be
from .stored_file import StoredFile


class ModernImageReader:
    """Reads `lsst.images` types, their components, and cutouts by ``bbox``."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return the object, or a component of it."""
        if as_type not in {None, file.label.storage_class}:
            raise cannot_be(file, str(as_type))
        with optional("lsst.images"):
            open_archive = import_module("lsst.images.serialization").open_archive
        whole = component is None and not parameters
        with (
            file.open() as handle,
            open_archive(handle, partial=not whole) as archive,
        ):
            if component is None:
                return archive.read(**parameters)
            return archive.get_component(component, **parameters)
