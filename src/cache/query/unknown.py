"""What ends an attempt to answer a query without a worker."""


class NotKnownError(Exception):
    """The answer is not known here, or the request may be wrong."""


def require(*, known: bool) -> None:
    """See that the answer is still known.

    Raises
    ------
    NotKnownError
        If it is not.
    """
    if not known:
        raise NotKnownError
