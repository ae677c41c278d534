"""Names and texts as PostgreSQL writes them."""


def quoted(name: str) -> str:
    """Return an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def qualified(namespace: str, name: str) -> str:
    """Return the full name of a table or function."""
    return f"{quoted(namespace)}.{quoted(name)}"


def literal(text: str) -> str:
    """Return a string constant."""
    return "'" + text.replace("'", "''") + "'"


def namespace_of(namespace: str | None) -> str:
    """Return the namespace of a schema that has been resolved.

    Raises
    ------
    ValueError
        If it has none: "the connection's own" would differ from writer to writer.
    """
    if namespace is None:
        raise ValueError("the tables' namespace must be looked up first")
    return namespace
