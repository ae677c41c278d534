"""Why a repository cannot be opened, or was read with an outdated definition."""


class RepositoryError(Exception):
    """A repository that this server cannot serve.

    Raised at start; its text is one line that says what was found and what is
    supported.
    """


class StaleDefinitionsError(Exception):
    """A row refers to a definition that the caller's snapshot does not have.

    The snapshot is older than the row: refresh it and look again.
    """
