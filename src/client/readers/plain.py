"""Files that are what they are: text and bytes; and those that are never read."""

from collections.abc import Mapping
from typing import Any

from .errors import RefusedFormatError, unreadable
from .reader import cannot_be, refuse_component, refuse_parameters
from .stored_file import StoredFile


class BytesReader:
    """Returns the bytes of a file."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return the content, untouched."""
        refuse_component(file, component)
        refuse_parameters(file, parameters)
        if as_type not in {None, file.label.storage_class}:
            raise cannot_be(file, str(as_type))
        return file.read()


class TextReader(BytesReader):
    """Returns the text of a file in UTF-8: of a configuration, the source."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> str:
        """Return the text; nothing in it is executed."""
        content: bytes = super().read(
            file, component=component, parameters=parameters, as_type=as_type
        )
        with unreadable(file):
            return content.decode()


class PickleRefusal:
    """Reads nothing: a pickle can run any code when it is read."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,  # noqa: ARG002
        parameters: Mapping[str, Any],  # noqa: ARG002
        as_type: str | None,  # noqa: ARG002
    ) -> Any:
        """Raise `RefusedFormatError`."""
        raise RefusedFormatError(
            file,
            "A pickle can run any code when it is read, and is read only by the "
            "Science Pipelines after use_pipelines(readers)",
        )
