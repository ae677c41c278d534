"""HTML of which every text of a server is escaped, with nothing that is loaded."""

from collections.abc import Iterable, Sequence

from ...protocol.printable import printable

_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)


def escape(text: object) -> str:
    """Return text as HTML shows it, with what would not be shown made visible."""
    return printable(text).translate(_ENTITIES)


def table_of(
    columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = ""
) -> str:
    """Return a table."""
    head = _row("th", columns)
    body = "".join(_row("td", row) for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead>{head}</thead><tbody>{body}</tbody></table>"


def facts_of(facts: Sequence[tuple[str, object]], caption: str) -> str:
    """Return a table of facts about one thing."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in facts
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{rows}</tbody></table>"


def _row(tag: str, values: Sequence[object]) -> str:
    cells = "".join(f"<{tag}>{escape(value)}</{tag}>" for value in values)
    return f"<tr>{cells}</tr>"
