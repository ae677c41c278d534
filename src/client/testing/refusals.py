"""What the fake server refuses, in the words of the protocol."""

from typing import Any


class RefusedError(ValueError):
    """An answer that is an error; raised also for who fills the server with nonsense.

    Parameters
    ----------
    status
        Of HTTP.
    body
        A document.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("detail"))
        self.status = status
        self.body = body


def butler_error(error_type: str, detail: str) -> RefusedError:
    """Return an error of the user."""
    return RefusedError(422, {"error_type": error_type, "detail": detail})


def key_error(error_type: str, detail: str) -> RefusedError:
    """Return one whose text stands in quotes, as that of a `KeyError` does."""
    return butler_error(error_type, repr(detail))


def not_found(detail: str = "Not Found") -> RefusedError:
    """Return the error of what is nowhere."""
    return RefusedError(404, {"detail": detail})
