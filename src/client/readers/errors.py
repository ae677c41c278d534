"""What can go wrong between a file and its Python object, one class for each remedy.

Errors of the connection are not among them; they reach the caller as they are.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ButlerServerError, ButlerUserError, FileIntegrityError
from .stored_file import Label, StoredFile

HOW_TO_REGISTER = (
    "readers.register(reader, formatter=…, storage_class=…), or the entry point group "
    "'butlery.readers' of an installed package"
)


class UnknownReaderError(LookupError):
    """No reader is registered for a label; the file stays reachable.

    Parameters
    ----------
    file
        The file: its `read` returns the bytes, its `url` tells where they are.
    why
        What is wrong, if not just that nobody registered a reader.
    """

    def __init__(self, file: StoredFile, why: str | None = None) -> None:
        self.file = file
        self.label: Label = file.label
        problem = why or f"No reader is registered for {file.label}"
        super().__init__(
            f"{problem} (file {file.path!r}). To read it yourself, take the bytes with "
            f"error.file.read(); to add a reader: {HOW_TO_REGISTER}."
        )


class RefusedFormatError(UnknownReaderError):
    """Reading the file could run code that is in it."""


class MissingPackageError(ImportError):
    """An optional package is not installed.

    Parameters
    ----------
    package
        The package that failed to import.
    install
        What installs it, as given to pip.
    """

    def __init__(self, package: str, install: str) -> None:
        super().__init__(
            f"Reading this needs the package {package!r}: pip install '{install}'",
            name=package,
        )


class UnsupportedReadError(ValueError):
    """The file is fine, but no reader here gives what was asked of it."""


class UnreadableFileError(ValueError):
    """The content is not what its label says, or is refused for its demands.

    Parameters
    ----------
    file
        The file.
    why
        What is wrong with it.
    """

    def __init__(self, file: StoredFile, why: str) -> None:
        self.file = file
        super().__init__(f"Cannot read {file.path!r} ({file.label}): {why}")


class IncompleteRangeError(OSError):
    """A range of a file came back with fewer or more bytes than asked for."""


class ReaderWarning(UserWarning):
    """Something was left out of what was read, or of the table of readers."""


# Parsers trust their files: what a hostile one makes them raise is open-ended.
_RAISED_BY_PARSERS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)

# What asks servers for bytes raises these.
_RAISED_ON_THE_WAY = (ButlerServerError, ButlerUserError, FileIntegrityError)


@contextmanager
def unreadable(file: StoredFile, *kinds: type[Exception]) -> Iterator[None]:
    """Turn what a parser raises into `UnreadableFileError`.

    Parameters
    ----------
    file
        The file that is parsed.
    *kinds
        What its parser raises besides Python's own errors.
    """
    outer = sys.exception()
    try:
        yield
    except (UnreadableFileError, UnsupportedReadError):
        raise
    except _RAISED_BY_PARSERS + kinds as error:
        broken = _of_connection(error, outer)
        if broken is not None:
            raise broken from None
        why = str(error) or type(error).__name__
        raise UnreadableFileError(file, why) from error


def _of_connection(
    error: BaseException | None, outer: BaseException | None
) -> BaseException | None:
    """Return the error of a connection that a parser took for one of its file.

    Parsers raise `OSError` itself, whereas connections have classes of their own.
    """
    while error is not None and error is not outer:
        if isinstance(error, OSError) and type(error) is not OSError:
            return error
        if isinstance(error, _RAISED_ON_THE_WAY):
            return error
        error = error.__cause__ or error.__context__
    return None
