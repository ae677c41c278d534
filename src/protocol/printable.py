"""Text that others have written, made safe to show.

Names come from whoever may write to a repository; a terminal obeys control characters
in them, and some invisible ones change the order in which the rest is read.
"""

import json


def printable(text: object) -> str:
    r"""Return text in which each character that is not shown stands as ``\x1b``.

    The end of a line and a tabulator are such characters as well.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(c if c.isprintable() else _escaped(c) for c in shown)


def printable_lines(text: str) -> str:
    """Return text of several lines, of which each is printable."""
    return "\n".join(
        printable(line.expandtabs()) for line in text.rstrip("\r\n").split("\n")
    )


def printable_json(value: object, indent: int | None = None) -> str:
    """Return JSON with nothing in it but printable ASCII (and ends of lines)."""
    separators = (",", ":") if indent is None else None
    return json.dumps(value, indent=indent, separators=separators)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
