"""What a reader is, and what all readers say to requests that they do not serve."""

from collections.abc import Container, Mapping
from typing import Any, Protocol

from .errors import UnsupportedReadError
from .stored_file import StoredFile


class Reader(Protocol):
    """Makes a Python object of a file. One serves all threads; it keeps nothing."""

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return the content of a file, or what was asked of it.

        Parameters
        ----------
        file
            The file.
        component
            Name of the part to return instead of the whole.
        parameters
            What narrows the read, such as ``columns`` of a table.
        as_type
            Storage class that the user wants instead of the file's own.

        Raises
        ------
        UnreadableFileError
            If the content is not what its label says.
        UnsupportedReadError
            If the file has no such component, or the reader cannot do what was asked.
        MissingPackageError
            If an optional package is not installed.
        """


def refuse_component(file: StoredFile, component: str | None) -> None:
    """Raise unless the whole was asked for.

    Parameters
    ----------
    file
        The file, for the message.
    component
        Name of the part that was asked for, if any.
    """
    if component is not None:
        raise UnsupportedReadError(
            f"Component {component!r} cannot be read from a file with {file.label}"
        )


def refuse_parameters(
    file: StoredFile, parameters: Mapping[str, Any], known: Container[str] = ()
) -> None:
    """Raise if there is a parameter beyond those that are known.

    Parameters
    ----------
    file
        The file, for the message.
    parameters
        What was asked for.
    known
        Names that the reader obeys.
    """
    unknown = sorted(name for name in parameters if name not in known)
    if unknown:
        raise UnsupportedReadError(
            f"Parameters {unknown} have no meaning for a file with {file.label}"
        )


def cannot_be(file: StoredFile, as_type: str) -> UnsupportedReadError:
    """Return the error for a type that the content cannot have.

    Parameters
    ----------
    file
        The file, for the message.
    as_type
        Storage class that was asked for.
    """
    return UnsupportedReadError(
        f"A file with {file.label} cannot be read as storage class {as_type!r}"
    )
