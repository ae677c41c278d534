"""How many results are asked for."""


def sent_limit(limit: int | None) -> int | None:
    """Return the limit that is sent.

    Parameters
    ----------
    limit
        Most results that are wanted, or `None` for all; negative, if the user wants to
        hear that there are more. For that one more is asked for.
    """
    return limit if limit is None or limit >= 0 else 1 - limit
